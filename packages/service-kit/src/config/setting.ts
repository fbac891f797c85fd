import { readDatabaseUrl } from '@lmt/database-url';
import { z } from 'zod';
import { signingKey } from '../auth/signature.js';
import { printable } from '../logging/safe-text.js';

const MAX_SHOWN = 60;

/** The error of a setting that is neither a secret nor a URL. It quotes the wrong value. */
export function expected(description: string) {
  return {
    error: ({ input }: { readonly input?: unknown }) => {
      const value = String(input);
      // A value with "@" may be a URL with a password, entered by mistake.
      if (input === undefined || value.includes('@')) return `expected ${description}`;
      const shown = value.length > MAX_SHOWN ? `${value.slice(0, MAX_SHOWN)}…` : value;
      return `${printable(JSON.stringify(shown))}, expected ${description}`;
    },
  };
}

/** Inclusive bounds. */
interface Bounds {
  readonly min: number;
  readonly max: number;
}

function number(form: RegExp, noun: string, fallback: number, { min, max }: Bounds) {
  const error = expected(`${noun} from ${min} to ${max}. Default: ${fallback}`);
  return z
    .string()
    .regex(form, error)
    .transform(Number)
    .refine((value) => value >= min && value <= max, error)
    .default(fallback);
}

export function integer(fallback: number, bounds: Bounds) {
  return number(/^-?\d{1,15}$/, 'a whole number', fallback, bounds);
}

const FRACTION = /^\d{1,12}(\.\d{1,6})?$/;

/** Fractions allowed. */
export function seconds(fallback: number, bounds: Bounds) {
  return number(FRACTION, 'a number of seconds', fallback, bounds);
}

/** Fractions allowed. */
export function hours(fallback: number, bounds: Bounds) {
  return number(FRACTION, 'a number of hours', fallback, bounds);
}

export function choice<const W extends string>(words: readonly W[], fallback: NoInfer<W>) {
  const error = expected(`one of ${words.join(', ')}. Default: ${fallback}`);
  return z.enum(words, error).default(fallback as never);
}

const ADDRESS = /^(\[[\da-f:.]+\]|[\w.-]+):(\d{1,5})$/i;

/** Comma-separated `host:port` addresses. */
export function addresses(fallback: readonly string[]) {
  return z
    .string()
    .transform((value): readonly string[] => value.split(',').map((part) => part.trim()))
    .refine(
      (parts) => parts.every(isAddress),
      expected(`host:port, several separated by commas. Default: ${fallback.join(',')}`),
    )
    .default(fallback);
}

function isAddress(text: string): boolean {
  const port = Number(ADDRESS.exec(text)?.[2]);
  return port >= 1 && port <= 65_535;
}

/** The URL of a Postgres database. Required. */
export function databaseUrl() {
  return z
    .string({ error: 'expected a URL such as postgresql://user:password@127.0.0.1:5432/database' })
    .superRefine((value, context) => {
      try {
        readDatabaseUrl(value);
      } catch (error) {
        context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : String(error) });
      }
    });
}

/**
 * The URL of an HTTP service. Required. It has no user and password: undici does not send them, and
 * log lines, reasons of failures and spans quote the URL.
 */
export function httpUrl(example = 'http://127.0.0.1:3000') {
  const error = `expected a URL such as ${example}, without a user and password`;
  return z.string({ error }).refine(
    (text) => {
      if (!URL.canParse(text)) return false;
      const { protocol, username, password } = new URL(text);
      return /^https?:$/.test(protocol) && username + password === '';
    },
    { error },
  );
}

const MIN_LENGTH = 32;
// Standard Webhooks asks for a key of 24 to 64 bytes.
const MIN_KEY_BYTES = 24;
const HINT = 'Make one: openssl rand -hex 32';

/** A token for `Authorization: Bearer ...`. Required, because a secret must have no default. */
export function bearerToken() {
  const error = `expected at least ${MIN_LENGTH} visible ASCII characters without spaces. ${HINT}`;
  return z.string({ error }).regex(new RegExp(`^[\\x21-\\x7e]{${MIN_LENGTH},}$`), { error });
}

/** The first secret signs. Every secret verifies. */
export type Secrets = readonly [string, ...string[]];

/** One secret, or the new and the old one during a rotation, separated by a comma. Required. */
export function secrets() {
  const error = `expected one secret, or the new and the old one separated by a comma, each of at least ${MIN_LENGTH} characters. ${HINT}`;
  return z
    .string({ error })
    .transform((value): Secrets => {
      const [first = '', ...others] = value.split(',').map((part) => part.trim());
      return [first, ...others];
    })
    .refine((all) => all.length <= 2 && all.every(isLongEnough), { error });
}

/** Checks the decoded key, because a `whsec_` secret may have a short or empty key. */
function isLongEnough(secret: string): boolean {
  return secret.length >= MIN_LENGTH && signingKey(secret).length >= MIN_KEY_BYTES;
}

export const logSettings = {
  LOG_LEVEL: choice(['trace', 'debug', 'info', 'warn', 'error', 'fatal'], 'info'),
  LOG_FORMAT: choice(['json', 'pretty'], 'json'),
};

export const traceSettings = {
  OTEL_EXPORTER_OTLP_ENDPOINT: z
    .url({
      protocol: /^https?$/,
      error: 'expected the URL of an OTLP receiver such as http://127.0.0.1:4318',
    })
    .optional(),
};

const host = z
  .string()
  .regex(/^[\w.:%-]+$/, expected('a host name or an IP address. Default: 127.0.0.1'))
  .default('127.0.0.1');

/** 0 lets the operating system choose a port. */
const port = (fallback: number) => number(/^\d{1,5}$/, 'a port', fallback, { min: 0, max: 65_535 });

/** The host and port on which the process listens for clients. */
export function publicHttpSettings(defaultPort: number) {
  return { HOST: host, PORT: port(defaultPort) };
}

/** The host and port on which the process listens for operators, probes and peers. */
export function internalHttpSettings(defaultPort: number) {
  return { INTERNAL_HOST: host, INTERNAL_PORT: port(defaultPort) };
}
