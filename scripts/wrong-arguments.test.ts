// The compiled commands, as `npm run` starts them after the build.
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

function run(program: string, args: readonly string[]): Promise<{ code: number; output: string }> {
  const path = fileURLToPath(new URL(program, import.meta.url));
  // No demo runs in this folder.
  const env = { ...process.env, DEMO_DATA: folder };
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [path, ...args], { timeout: 60_000, env }, (error, out, err) => {
      resolve({ code: error ? Number(error.code) : 0, output: out + err });
    });
    child.stdin?.end();
  });
}

const demo = 'demo/dist/main.js';
const verify = 'verify/dist/main.js';
const bench = 'bench/dist/main.js';
const tests = 'test/dist/main.js';
const pack = 'pack/dist/main.js';
const board = 'observability/dist/board.js';
const contracts = 'contracts/dist/main.js';
const provision = 'provision/dist/main.js';
const migrate = 'provision/dist/migrate.js';
const init = '../packages/init/dist/main.js';
const unreachable = 'postgresql://u:hush@127.0.0.1:1/d';

test.concurrent.each([
  [demo, 2, ['frobnicate'], "unknown command 'frobnicate'"],
  [demo, 2, ['--broker', 'pigeon'], "argument 'pigeon' is invalid. Allowed choices are kafka, direct."],
  [demo, 2, ['--nope'], "unknown option '--nope'"],
  [demo, 2, ['kill'], "missing required argument 'name'"],
  [demo, 2, ['kill', 'relay', 'order'], "too many arguments for 'kill'"],
  [demo, 2, ['status', 'relay'], "too many arguments for 'status'"],
  [demo, 2, ['stop', 'relay'], "too many arguments for 'stop'"],
  [demo, 2, ['status', '--reset'], '--broker and --reset apply only to the start'],
  [demo, 1, ['status'], 'no demo runs from this checkout: start it with npm run demo'],
  [init, 1, [], 'expected outbox or inbox, or both'],
  [init, 1, ['outbox', 'orders'], 'expected outbox or inbox, or both, not orders'],
  [init, 1, ['--nope'], "Unknown option '--nope'"],
  [init, 1, ['outbox'], '@lmt/outbox is not installed in'],
  [init, 1, ['outbox', '--schema', ''], 'a path must not be empty'],
  [init, 1, ['outbox', '--migrations', ''], 'a path must not be empty'],
  [pack, 2, ['--nope'], "unknown option '--nope'"],
  [pack, 2, ['--into', ''], "option '--into <folder>' argument '' is invalid. It must not be empty."],
  [pack, 2, ['--into', 'package.json'], 'package.json is not a folder and cannot be made one (EEXIST)'],
  [board, 2, ['--nope'], "unknown option '--nope'"],
  [contracts, 2, ['extra'], 'too many arguments'],
  [provision, 2, [], '--admin-url or ADMIN_DATABASE_URL is missing (--help)'],
  [provision, 2, ['--admin-url', ''], '--admin-url or ADMIN_DATABASE_URL is missing (--help)'],
  [provision, 2, ['--admin-url', 'hush'], '--admin-url is wrong: expected a URL'],
  [provision, 2, ['--admin-url', `${unreachable}?pooler=session`], '--admin-url names a pooler'],
  [provision, 2, ['--admin-url', unreachable, '--folder', ''], "'--folder <folder>' argument '' is invalid"],
  [provision, 2, ['--admin-url', unreachable, '--order-database', ''], "argument '' is invalid"],
  [
    provision,
    2,
    ['--admin-url', unreachable, '--order-database', 'lmt_inventory'],
    '--order-database and --inventory-database must differ',
  ],
  [migrate, 2, ['--folder', '/none'], 'ORDER_DATABASE_URL is missing: run npm run provision first (--help)'],
  [verify, 2, ['--nope'], "unknown option '--nope'"],
  [verify, 2, ['extra'], 'too many arguments'],
  [verify, 2, ['--order-url', unreachable], '--order-url and --inventory-url must be given together'],
  [verify, 2, ['--kafka', '127.0.0.1:1'], '--order-url and --inventory-url must be given together'],
  [
    verify,
    2,
    ['--order-url', 'hush-nonsense', '--inventory-url', unreachable],
    '--order-url is wrong: expected a URL such as postgresql://user:password@127.0.0.1:5432/database',
  ],
  [
    verify,
    2,
    ['--order-url', unreachable, '--inventory-url', 'mysql://u:hush@127.0.0.1:1/d'],
    '--inventory-url is wrong',
  ],
  [verify, 2, ['--order-url', unreachable, '--inventory-url', unreachable], "can't be read"],
  [verify, 2, [], 'no demo runs from this checkout'],
  [bench, 2, ['--broker', 'pigeon'], "argument 'pigeon' is invalid. Allowed choices are kafka, direct."],
  [bench, 2, ['--json'], "option '--json <file>' argument missing"],
  [bench, 2, ['extra'], 'too many arguments'],
  [bench, 2, ['--instances', '1'], "argument '1' is invalid. expected a number from 2 to 9"],
  [bench, 2, ['--peers', 'nonsense'], 'unknown peer nonsense: expected some of textbook, graphile-worker'],
  [
    bench,
    2,
    ['--peers', '--profile'],
    '--profile, --instances, --peers and --growth are separate measurements',
  ],
  [bench, 1, ['--into', 'README.md'], 'no section between <!-- bench main -->'],
  [tests, 1, ['nonsense'], 'unknown part nonsense: lint | unit | integration | system | docker'],
  [tests, 1, ['unit', '--nope'], 'unknown part --nope'],
  [tests, 1, ['lint', 'claim'], 'unknown part claim'],
])('%s exits with %i for %j and names the mistake', async (program, code, args, message) => {
  const result = await run(program, args);
  expect(result.output).toContain(message);
  expect(result.code).toBe(code);
  // Neither a stack trace nor a password.
  expect(result.output).not.toMatch(/\n +at .*:\d+|hush/);
});
