import { join } from 'node:path';
import { root } from '@lmt/stack';
import { execa } from 'execa';
import { expect, test } from 'vitest';

test.each([
  ['false', 0, 'docker tests: skipped, no Docker engine answers here'],
  ['true', 1, 'the docker tests need an engine: no Docker engine answers here'],
])('without a Docker engine and with CI=%s the compose walk ends with %i', async (CI, code, message) => {
  // PATH hides docker. With the VITEST variables, the inner vitest would run as a worker.
  const outer = Object.entries(process.env).filter(([name]) => !name.startsWith('VITEST'));
  const env = { ...Object.fromEntries(outer), PATH: '/nowhere', CI };
  const options = { env, extendEnv: false, all: true, reject: false };
  const { exitCode, all } = await execa(
    process.execPath,
    [join(root, 'scripts/run.mjs'), 'test', 'docker'],
    options,
  );
  expect(all).toContain(message);
  expect(exitCode).toBe(code);
});
