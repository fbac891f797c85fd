import { execFile } from 'node:child_process';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const program = fileURLToPath(new URL('../dist/main.js', import.meta.url));
// No demo runs there, whatever runs elsewhere on the machine.
const env = { PATH: process.env.PATH, DEMO_DATA: `${tmpdir()}/no-demo-here` };

const run = (args: string[]): Promise<{ code: number; stdout: string; stderr: string }> =>
  new Promise((resolve) => {
    execFile(process.execPath, [program, ...args], { env }, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
    );
  });

const unreachable = 'postgresql://u:hush@127.0.0.1:1/d';

test.each([
  [['--oder-url', unreachable], "unknown option '--oder-url'"],
  [['extra'], 'too many arguments'],
  [['--order-url', 'postgresql://u:hush@h/d'], '--order-url and --inventory-url belong together'],
  [['--kafka', '127.0.0.1:1'], '--order-url and --inventory-url belong together'],
  [
    ['--order-url', 'hush-nonsense', '--inventory-url', unreachable],
    '--order-url is wrong: expected a URL such as postgresql://user:password@127.0.0.1:5432/database',
  ],
  [
    ['--order-url', unreachable, '--inventory-url', 'mysql://u:hush@127.0.0.1:1/d'],
    '--inventory-url is wrong',
  ],
  [['--order-url', unreachable, '--inventory-url', unreachable], "can't be read"],
  [[], 'no demo runs'],
])('verify exits with 2 for %j and names the problem, without a password', async (args, problem) => {
  const { code, stdout, stderr } = await run(args);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain(problem);
  expect(stderr).not.toMatch(/\n +at .*:\d+|hush/);
});
