import { z } from 'zod';
import { type Operator, SHARED_TOKEN_NAME } from '../auth/require-bearer.js';
import { bearerToken } from './setting.js';

const MAX_TOKENS = 100;
const ENTRY = /^([\w.-]{1,100}):(.*)$/;
const HINT =
  'name:token, several separated by commas. A name has letters, digits, ".", "_" and "-". A token has at least 32 visible ASCII characters and occurs once. Make one: openssl rand -hex 32';

function parseEntries(value: string): readonly Operator[] | null {
  const operators = value.split(',').map((entry): Operator | null => {
    const [, name, token] = ENTRY.exec(entry.trim()) ?? [];
    return name && bearerToken().safeParse(token).success ? { name, token: token ?? '' } : null;
  });
  const valid = operators.filter((operator) => operator !== null);
  const tokens = new Set(valid.map(({ token }) => token));
  return valid.length === operators.length && tokens.size === valid.length && valid.length <= MAX_TOKENS
    ? valid
    : null;
}

/**
 * The operators' tokens: ADMIN_TOKENS, or ADMIN_TOKEN for a single token that all operators share.
 * During a rotation, two tokens may have the same name.
 */
export const operatorSettings = {
  ADMIN_TOKEN: bearerToken().optional(),
  ADMIN_TOKENS: z
    .string()
    .transform((value, context): readonly Operator[] => {
      const operators = parseEntries(value);
      if (operators !== null) return operators;
      // The value is a secret, so the error does not quote it.
      context.addIssue({ code: 'custom', message: `expected ${HINT}` });
      return z.NEVER;
    })
    .optional(),
};

type OperatorSettings = z.output<z.ZodObject<typeof operatorSettings>>;

/** A zod check: exactly one of the two settings must be set. */
export const onlyOneOperatorSetting = z.refine<OperatorSettings>(
  ({ ADMIN_TOKEN, ADMIN_TOKENS }) => (ADMIN_TOKEN === undefined) !== (ADMIN_TOKENS === undefined),
  {
    path: ['ADMIN_TOKEN'],
    error: `expected either ADMIN_TOKEN, a token that all operators share, or ADMIN_TOKENS with ${HINT}`,
    // Reported together with errors of other settings, but not with another error of these two.
    when: ({ issues }) => !issues.some(({ path }) => /^ADMIN_TOKENS?$/.test(String(path?.[0]))),
  },
);

export function readOperators({ ADMIN_TOKEN, ADMIN_TOKENS }: OperatorSettings): readonly Operator[] {
  return ADMIN_TOKENS ?? [{ name: SHARED_TOKEN_NAME, token: ADMIN_TOKEN ?? '' }];
}
