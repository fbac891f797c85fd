import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { TOKENS } from './console.fixture.js';

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  process.exitCode = undefined;
});
beforeEach(() => void vi.resetModules());

async function run(env: Record<string, string>) {
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  const write = (stream: NodeJS.WriteStream) => vi.spyOn(stream, 'write').mockReturnValue(true);
  const [stdout, stderr] = [write(process.stdout), write(process.stderr)];
  await import('./url.js');
  const text = ({ mock }: typeof stdout) => mock.calls.map(([chunk]) => String(chunk)).join('');
  return { stdout: text(stdout), stderr: text(stderr), exitCode: process.exitCode };
}

it('prints the sign-in link of the running console', async () => {
  const { SIGN_IN_TOKEN } = TOKENS;
  const { stdout } = await run({ SIGN_IN_TOKEN, PORT: '4000' });
  expect(stdout).toBe(`http://127.0.0.1:4000/sign-in?token=${SIGN_IN_TOKEN}\n`);
});

it.each([
  [{ SIGN_IN_TOKEN: 'short' }, 'SIGN_IN_TOKEN is wrong'],
  [{ SIGN_IN_TOKEN: TOKENS.SIGN_IN_TOKEN, PORT: '0' }, 'CONSOLE_URL is not set'],
])('names the wrong setting of %j', async (env, error) => {
  const { stdout, stderr, exitCode } = await run(env);
  expect([stdout, exitCode]).toEqual(['', 78]);
  expect(stderr).toContain(error);
});
