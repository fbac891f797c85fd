import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const script = fileURLToPath(new URL('../dist/main.js', import.meta.url));

test.each([
  ['false', 0],
  ['true', 1],
])('without a Docker engine and with CI=%s it ends with %i', async (CI, expected) => {
  // Nothing is found there: no docker.
  const env = { ...process.env, PATH: '/nowhere', CI };
  const { code, output } = await new Promise<{ code: unknown; output: string }>((resolve) => {
    execFile(process.execPath, [script], { env }, (error, output) =>
      resolve({ code: error ? error.code : 0, output }),
    );
  });
  expect(output).toContain('compose walk: skipped, no Docker engine answers here');
  expect(code).toBe(expected);
});
