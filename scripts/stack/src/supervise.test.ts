import { beforeEach, expect, test, vi } from 'vitest';
import type { Exit } from './start-process.js';
import { supervise } from './supervise.js';

/** @param ms by the faked clock */
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** A stack process that exists only as a promise that the test settles. */
function fakeProcess() {
  let pid = 0;
  let running = false;
  let settle: (exit: Exit) => void = (): void => {};
  let exited = Promise.resolve({ code: null as number | null, signal: null });
  let failure: Error | null = null;
  const end = (code: number | null) => {
    running = false;
    settle({ code, signal: null });
  };
  const stackProcess = {
    get pid() {
      return running ? pid : null;
    },
    get running() {
      return running;
    },
    get exited() {
      return exited;
    },
    async start() {
      if (failure) throw failure;
      pid += 1;
      running = true;
      exited = new Promise((resolve) => {
        settle = resolve as typeof settle;
      });
    },
    stop: async () => end(0),
    kill: async () => end(null),
    pause: async () => {},
    resume: async () => {},
  };
  return {
    stackProcess,
    async dies(code: number) {
      end(code);
      await vi.advanceTimersByTimeAsync(0);
    },
    fails(error: Error | null) {
      failure = error;
    },
    /** From now on `step` pauses for a second before and after its work. */
    slows(step: 'start' | 'kill') {
      const quick = stackProcess[step];
      stackProcess[step] = async () => {
        await pause(1_000);
        await quick();
        await pause(1_000);
      };
    },
  };
}

function setUp() {
  const fake = fakeProcess();
  const logged: string[] = [];
  const supervised = supervise('relay', fake.stackProcess, { log: (line) => logged.push(line) });
  return { ...fake, supervised, logged };
}

beforeEach(() => {
  vi.useFakeTimers();
  return () => vi.useRealTimers();
});

test('restarts a process that died, with back-off', async () => {
  const { supervised, dies, logged } = setUp();
  await supervised.start();
  await dies(1);
  expect(supervised.phase).toBe('down');
  await vi.advanceTimersByTimeAsync(500);
  expect(supervised).toMatchObject({ phase: 'up', restarts: 1, pid: 2 });
  await dies(1);
  await vi.advanceTimersByTimeAsync(999);
  expect(supervised.phase).toBe('down');
  await vi.advanceTimersByTimeAsync(1);
  expect(supervised).toMatchObject({ phase: 'up', restarts: 2 });
  expect(logged).toContain('relay died (exit code 1), restarting in 1 s');
});

test('starts from the first delay again after a long life', async () => {
  const { supervised, dies } = setUp();
  await supervised.start();
  await dies(1);
  await vi.advanceTimersByTimeAsync(500);
  await vi.advanceTimersByTimeAsync(31_000);
  await dies(1);
  await vi.advanceTimersByTimeAsync(500);
  expect(supervised).toMatchObject({ phase: 'up', restarts: 2 });
});

test('retries a restart that failed', async () => {
  const { supervised, dies, fails, logged } = setUp();
  await supervised.start();
  fails(new Error('port taken'));
  await dies(1);
  await vi.advanceTimersByTimeAsync(500);
  expect(logged.at(-1)).toBe('restart of relay failed, retrying in 1 s: port taken');
  fails(null);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(supervised.phase).toBe('up');
});

test('leaves a process down that was killed on request, until it is started', async () => {
  const { supervised, logged } = setUp();
  await supervised.start();
  await supervised.kill();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(supervised).toMatchObject({ phase: 'down', wanted: false, restarts: 0 });
  expect(logged).toEqual([]);
  await supervised.start();
  expect(supervised).toMatchObject({ phase: 'up', wanted: true });
});

test('a kill between a death and the restart wins', async () => {
  const { supervised, dies } = setUp();
  await supervised.start();
  await dies(1);
  await supervised.kill();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(supervised.phase).toBe('down');
});

test('does not restart a process that rejected its settings', async () => {
  const { supervised, dies, logged } = setUp();
  await supervised.start();
  await dies(78);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(supervised).toMatchObject({ phase: 'down', wanted: false });
  expect(logged).toEqual(['relay rejected its settings and stays down']);
});

test('a second start changes nothing', async () => {
  const { supervised } = setUp();
  await supervised.start();
  await supervised.start();
  expect(supervised.pid).toBe(1);
});

test('a start during a kill waits until the kill is done', async () => {
  const { supervised, slows, logged } = setUp();
  await supervised.start();
  slows('kill');
  const killed = supervised.kill();
  await vi.advanceTimersByTimeAsync(1_500);
  const started = supervised.start();
  await vi.advanceTimersByTimeAsync(60_000);
  await Promise.all([killed, started]);
  expect(supervised).toMatchObject({ phase: 'up', wanted: true, pid: 2, restarts: 0 });
  expect(logged).toEqual([]);
});

test('a kill does not wait for a start in progress', async () => {
  const { supervised, slows } = setUp();
  slows('start');
  const started = supervised.start();
  await vi.advanceTimersByTimeAsync(1_500);
  expect(supervised).toMatchObject({ phase: 'starting', pid: 1 });
  const killed = supervised.kill();
  expect(supervised.pid).toBe(null);
  await vi.advanceTimersByTimeAsync(60_000);
  await Promise.all([killed, started]);
  expect(supervised).toMatchObject({ phase: 'down', wanted: false });
});

test('a kill cancels a start that is still waiting', async () => {
  const { supervised, slows } = setUp();
  await supervised.start();
  slows('kill');
  const killed = supervised.kill();
  const rejected = expect(supervised.start()).rejects.toThrow('relay was ended before it was started');
  const killedAgain = supervised.kill();
  await vi.advanceTimersByTimeAsync(60_000);
  await Promise.all([killed, rejected, killedAgain]);
  expect(supervised).toMatchObject({ phase: 'down', wanted: false, pid: null });
});
