import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lmt-arguments-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function run(script: string, args: string[]): Promise<{ code: number; output: string }> {
  const path = fileURLToPath(new URL(script, import.meta.url));
  // No demo runs in there, whatever runs elsewhere on the machine.
  const env = { ...process.env, DEMO_DATA: folder };
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [path, ...args], { timeout: 60_000, env }, (error, out, err) => {
      resolve({ code: error ? Number(error.code) : 0, output: out + err });
    });
    child.stdin?.end();
  });
}

test.each([
  ['demo.mjs', 1, ['frobnicate'], 'unknown command: frobnicate'],
  ['demo.mjs', 1, ['--broker', 'pigeon'], '--broker pigeon: kafka or direct'],
  ['demo.mjs', 1, ['--nope'], "Unknown option '--nope'"],
  ['demo.mjs', 1, ['kill'], 'kill what?'],
  ['demo.mjs', 1, ['kill', 'relay', 'order'], 'unknown command: kill relay order'],
  ['demo.mjs', 1, ['status', 'relay'], 'status takes no name'],
  ['demo.mjs', 1, ['stop', 'relay'], 'stop takes no name'],
  ['demo.mjs', 1, ['status', '--reset'], '--broker and --reset are for the start'],
  ['bench.mjs', 1, ['--broker', 'pigeon'], '--broker pigeon: kafka or direct'],
  ['bench.mjs', 1, ['--json'], "Option '--json <value>' argument missing"],
  ['bench.mjs', 1, ['extra'], "Unexpected argument 'extra'"],
  ['test.mjs', 1, ['nonsense'], 'unknown part nonsense: lint | unit | integration | system'],
  ['test.mjs', 1, ['unit', '--nope'], 'unknown part --nope'],
])('%s ends with %i for %j and says what is wrong', { timeout: 90_000 }, async (script, code, args, said) => {
  const answer = await run(script, args);
  expect(answer.output).toContain(said);
  expect(answer.code).toBe(code);
  expect(answer.output).not.toMatch(/\n +at .*:\d+|hush/);
});
