import { z } from 'zod';

function url(protocols: readonly string[], example: string, isGood: (url: URL) => boolean) {
  const expected = `expected a URL such as ${example}`;
  // The value is not shown: a URL may carry a password.
  return z
    .string({ error: `is not set: ${expected}` })
    .refine(
      (value) => URL.canParse(value) && protocols.includes(new URL(value).protocol) && isGood(new URL(value)),
      {
        error: `is wrong: ${expected}`,
      },
    );
}

/** The URL of a Postgres database. Required. */
export function databaseUrl() {
  return url(
    ['postgres:', 'postgresql:'],
    'postgresql://user:password@127.0.0.1:5432/database',
    ({ pathname }) => pathname.length > 1,
  );
}

/** The URL of an HTTP service. Required. */
export function httpUrl() {
  return url(['http:', 'https:'], 'http://127.0.0.1:3000', ({ hostname }) => hostname !== '');
}
