import { z } from 'zod';

const MIN_LENGTH = 32;
const WAY_OUT = 'Make one: openssl rand -hex 32';

/** A secret. Required: none has a default that works. Its value never stands in a message. */
export function secret() {
  const expected = `expected at least ${MIN_LENGTH} characters. ${WAY_OUT}`;
  return z
    .string({ error: `is not set: ${expected}` })
    .min(MIN_LENGTH, { error: `is too short: ${expected}` });
}

/** At least one; the first signs, all verify. */
export type Secrets = readonly [string, ...string[]];

/** One secret, or two separated by a comma while one replaces the other: the first signs, all verify. */
export function secrets() {
  const expected = `expected one secret, or the new and the old one separated by a comma, each of at least ${MIN_LENGTH} characters. ${WAY_OUT}`;
  return z.string({ error: `is not set: ${expected}` }).transform((value, context): Secrets => {
    const [first = '', ...others] = value.split(',').map((part) => part.trim());
    const all: Secrets = [first, ...others];
    if (all.length <= 2 && all.every((one) => one.length >= MIN_LENGTH)) return all;
    context.addIssue({ code: 'custom', message: `is wrong: ${expected}` });
    return z.NEVER;
  });
}
