import { beforeEach, expect, test, vi } from 'vitest';
import type { Child, Exit } from './start-process.js';
import { supervise } from './supervise.js';

/** @param ms on the fake clock */
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** A process that exists only as a promise. */
function fakeChild(pid: number, exitMs: () => number) {
  let running = true;
  let settle: (exit: Exit) => void = () => {};
  const exited = new Promise<Exit>((resolve) => {
    settle = resolve;
  });
  const end = (code: number | null) => {
    running = false;
    settle({ code, signal: null });
  };
  const child: Child = {
    pid,
    get running() {
      return running;
    },
    exited,
    lastLines: [],
    signal(signal) {
      if (signal === 'SIGSTOP' || signal === 'SIGCONT') return;
      if (exitMs() === 0) end(null);
      else void pause(exitMs()).then(() => end(null));
    },
  };
  return { child, end };
}

function setUp() {
  const logged: string[] = [];
  const slow = { start: 0, kill: 0, signal: 0 };
  let launches = 0;
  let failure: Error | null = null;
  let current: ReturnType<typeof fakeChild> | undefined;
  const supervised = supervise(
    {
      name: 'relay',
      async prepare() {
        if (failure) throw failure;
        if (slow.start > 0) await pause(slow.start);
      },
      async launch() {
        launches += 1;
        current = fakeChild(launches, () => slow.kill);
        return current.child;
      },
      async isUp() {
        if (slow.start > 0) await pause(slow.start);
        return true;
      },
      async relatedPids() {
        if (slow.signal > 0) await pause(slow.signal);
        return [];
      },
      async afterKill() {
        if (slow.kill > 0) await pause(slow.kill);
      },
    },
    { log: (line) => logged.push(line) },
  );
  return {
    supervised,
    logged,
    async dies(code: number) {
      current?.end(code);
      await vi.advanceTimersByTimeAsync(0);
    },
    fails(error: Error | null) {
      failure = error;
    },
    /** Makes the step take a second before and after its work from now on. */
    slows(step: keyof typeof slow) {
      slow[step] = 1_000;
    },
  };
}

beforeEach(() => {
  vi.useFakeTimers();
  return () => vi.useRealTimers();
});

test('restarts a process that died, with back-off', async () => {
  const { supervised, dies, logged } = setUp();
  await supervised.start();
  await dies(1);
  expect(supervised.state().phase).toBe('down');
  await vi.advanceTimersByTimeAsync(500);
  expect(supervised.state()).toMatchObject({ phase: 'up', restarts: 1, pid: 2 });
  await dies(1);
  await vi.advanceTimersByTimeAsync(999);
  expect(supervised.state().phase).toBe('down');
  await vi.advanceTimersByTimeAsync(1);
  expect(supervised.state()).toMatchObject({ phase: 'up', restarts: 2 });
  expect(logged).toContain('relay died (exit code 1), restarting in 1 s');
});

test('uses the first delay again after a process has run for long', async () => {
  const { supervised, dies } = setUp();
  await supervised.start();
  await dies(1);
  await vi.advanceTimersByTimeAsync(500);
  await vi.advanceTimersByTimeAsync(31_000);
  await dies(1);
  await vi.advanceTimersByTimeAsync(500);
  expect(supervised.state()).toMatchObject({ phase: 'up', restarts: 2 });
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
  expect(supervised.state().phase).toBe('up');
});

test('leaves a process that was killed on request down until it is started', async () => {
  const { supervised, logged } = setUp();
  await supervised.start();
  await supervised.kill();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(supervised.state()).toMatchObject({ phase: 'down', wanted: false, restarts: 0 });
  expect(logged).toEqual([]);
  await supervised.start();
  expect(supervised.state()).toMatchObject({ phase: 'up', wanted: true });
});

test('a kill between a crash and the restart cancels the restart', async () => {
  const { supervised, dies } = setUp();
  await supervised.start();
  await dies(1);
  await supervised.kill();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(supervised.state().phase).toBe('down');
});

test('does not restart a process that rejected its settings', async () => {
  const { supervised, dies, logged } = setUp();
  await supervised.start();
  await dies(78);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(supervised.state()).toMatchObject({ phase: 'down', wanted: false });
  expect(logged).toEqual(['relay rejected its settings and stays down']);
});

test('a second start changes nothing', async () => {
  const { supervised } = setUp();
  await supervised.start();
  await supervised.start();
  expect(supervised.state().pid).toBe(1);
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
  expect(supervised.state()).toMatchObject({ phase: 'up', wanted: true, pid: 2, restarts: 0 });
  expect(logged).toEqual([]);
});

test('a kill does not wait for a start in progress', async () => {
  const { supervised, slows } = setUp();
  slows('start');
  const started = supervised.start();
  await vi.advanceTimersByTimeAsync(1_500);
  expect(supervised.state()).toMatchObject({ phase: 'starting', pid: 1 });
  const killed = supervised.kill();
  expect(supervised.state().pid).toBe(null);
  await vi.advanceTimersByTimeAsync(60_000);
  await Promise.all([killed, started]);
  expect(supervised.state()).toMatchObject({ phase: 'down', wanted: false });
});

test('a kill ends a process that a start in progress launches meanwhile', async () => {
  const { supervised, slows } = setUp();
  slows('start');
  const started = supervised.start();
  await vi.advanceTimersByTimeAsync(500);
  expect(supervised.state()).toMatchObject({ phase: 'starting', pid: null });
  const killed = supervised.kill();
  await vi.advanceTimersByTimeAsync(60_000);
  await Promise.all([killed, started]);
  expect(supervised.state()).toMatchObject({ phase: 'down', wanted: false, pid: null });
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
  expect(supervised.state()).toMatchObject({ phase: 'down', wanted: false, pid: null });
});

test('does not pause a process that was killed meanwhile, nor resume one that is not paused', async () => {
  const { supervised, slows } = setUp();
  await supervised.start();
  expect(await supervised.resume()).toBe(false);
  slows('signal');
  const paused = supervised.pause();
  const killed = supervised.kill();
  await vi.advanceTimersByTimeAsync(60_000);
  await Promise.all([paused, killed]);
  expect(supervised.state()).toMatchObject({ phase: 'down', pid: null });
  expect([await supervised.pause(), await supervised.resume()]).toEqual([false, false]);
  expect(supervised.state().phase).toBe('down');
});

test('pauses and resumes a process', async () => {
  const { supervised } = setUp();
  await supervised.start();
  expect([await supervised.pause(), await supervised.pause()]).toEqual([true, false]);
  expect(supervised.state().phase).toBe('paused');
  expect(await supervised.resume()).toBe(true);
  expect(supervised.state().phase).toBe('up');
});

test('a start waits for the clean-up of a kill', async () => {
  const { supervised } = setUp();
  await supervised.start();
  let cleaned = false;
  const killed = supervised.kill(async () => {
    await pause(1_000);
    cleaned = true;
  });
  const started = supervised.start();
  await vi.advanceTimersByTimeAsync(999);
  expect([supervised.state().phase, cleaned]).toEqual(['down', false]);
  await vi.advanceTimersByTimeAsync(60_000);
  await Promise.all([killed, started]);
  expect([supervised.state().phase, cleaned]).toEqual(['up', true]);
});
