import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startProcess } from '@lmt/stack';
import { processIdentity } from '@lmt/stack/pid';
import { beforeEach, expect, test } from 'vitest';
import { claimRun, findRun } from './run-record.js';

let folder = '';
let log: string[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lmt-run-'));
  log = [];
  return () => rmSync(folder, { recursive: true });
});

const claim = () => claimRun(folder, (line) => log.push(line));
const idle = () => startProcess(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
const file = () => join(folder, 'run.json');

test('rejects a second demo and names the command that stops the first', async () => {
  const run = await claim();
  await expect(claim()).rejects.toThrow(/already runs .*process \d+[\s\S]*npm run demo -- stop/);
  run.release();
  expect(existsSync(file())).toBe(false);
});

test('replaces a demo that has ended and stops the processes that it left', async () => {
  const left = await idle();
  const gone = { pid: process.pid, identity: 'of an earlier boot' };
  const processes = { relay: { pid: left.pid, identity: processIdentity(left.pid) } };
  writeFileSync(file(), JSON.stringify({ demo: gone, control: null, processes }));
  expect(findRun(folder)).toBeNull();
  const run = await claim();
  expect(await left.exited).toMatchObject({ signal: 'SIGTERM' });
  expect(log).toEqual(['stopping processes of an earlier demo that was killed: relay']);
  run.release();
});

test('does not stop an unrelated process that has the pid of a recorded one', async () => {
  const stranger = await idle();
  const gone = { pid: process.pid, identity: 'of an earlier boot' };
  const processes = { relay: { pid: stranger.pid, identity: 'of an earlier boot' } };
  writeFileSync(file(), JSON.stringify({ demo: gone, control: null, processes }));
  const run = await claim();
  expect(stranger.running).toBe(true);
  stranger.signal('SIGKILL');
  await stranger.exited;
  run.release();
});

test('replaces an unreadable record', async () => {
  writeFileSync(file(), '{"demo":');
  const run = await claim();
  expect(JSON.parse(readFileSync(file(), 'utf8')).demo.pid).toBe(process.pid);
  run.release();
});

test('writes nothing after the release', async () => {
  const run = await claim();
  run.release();
  run.setProcesses({ relay: 1 });
  expect(existsSync(file())).toBe(false);
});
