import type { Stack } from '@lmt/stack';
import { beforeEach, expect, test } from 'vitest';
import { createDemoCommands } from './commands.js';

const calls: string[] = [];
let phase = 'up';

beforeEach(() => {
  calls.length = 0;
  phase = 'up';
});

const record = (call: string) => async (name?: string) =>
  void calls.push([call, name].filter(Boolean).join(' '));

const move = (call: string, from: string, to: string) => async (name: string) => {
  if (phase !== from) return false;
  phase = to;
  calls.push(`${call} ${name}`);
  return true;
};

/** A stack with one process, in the given phase. */
const stack = {
  names: ['relay'],
  pids: { relay: 1 },
  status: async () => [{ name: 'relay', phase }],
  kill: record('kill'),
  start: record('start'),
  ready: record('ready'),
  pause: move('pause', 'up', 'paused'),
  resume: move('resume', 'paused', 'up'),
  wipeKafka: record('wipe'),
} as object as Stack;

function open(broker: 'kafka' | 'direct' = 'kafka', requireStack = () => stack) {
  const log: string[] = [];
  const { commands, describe } = createDemoCommands(broker, '/nowhere', requireStack, (line) =>
    log.push(line),
  );
  const run = async (command: string, body: object = {}) => {
    const text = (await commands[command]?.({ ...body }))?.text;
    return { text, log };
  };
  return { commands, describe, run };
}

test('describes the broker, the commands and the processes', async () => {
  expect(await open().describe()).toEqual({
    kind: 'demo',
    broker: 'kafka',
    commands: ['kill', 'start', 'pause', 'resume', 'verify', 'wipe-kafka', 'produce'],
    processes: [{ name: 'relay', phase: 'up' }],
  });
});

test('offers no commands for Kafka on the direct transport', () => {
  expect(Object.keys(open('direct').commands)).not.toContain('wipe-kafka');
  expect(Object.keys(open('direct').commands)).not.toContain('produce');
});

test('answers with the command that undoes it, and logs the same in the terminal', async () => {
  const { text, log } = await open().run('kill', { name: 'relay' });
  expect(text).toBe('relay was killed. It stays down until: npm run demo -- start relay');
  expect(log).toEqual([text]);
  expect(await open().run('wipe-kafka')).toMatchObject({ text: expect.stringContaining('-- start kafka') });
  expect(calls).toEqual(['kill relay', 'wipe']);
});

test('reports a process that already runs', async () => {
  expect((await open().run('start', { name: 'relay' })).text).toBe('relay already runs');
});

test('pauses only a process that is up, and resumes only a paused one', async () => {
  const { run } = open();
  await run('pause', { name: 'relay' });
  await expect(run('pause', { name: 'relay' })).rejects.toThrow('relay is not up');
  await run('resume', { name: 'relay' });
  await expect(run('resume', { name: 'relay' })).rejects.toThrow('relay is not paused');
  expect(calls).toEqual(['pause relay', 'resume relay']);
});

test('rejects every command while the demo starts', async () => {
  const { run, describe } = open('kafka', () => {
    throw new Error('the demo is still starting');
  });
  await expect(describe()).rejects.toThrow('still starting');
  await expect(run('kill', { name: 'relay' })).rejects.toThrow('still starting');
});
