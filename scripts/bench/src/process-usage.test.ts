import { spawn } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { measureUsage, parseCpuTime, parseStat, parseWaits, selectTree } from './process-usage.js';

describe('parseStat', () => {
  it('adds the time of the process and of its ended children, for any command name', () => {
    const stat = '42 (a) b ( c) S 7 42 42 0 -1 4194560 1 2 3 4 100 20 3 4 20 0 1 0 999 1 1';
    expect(parseStat(stat)).toEqual({ parent: 7, ticks: 127 });
  });
});

describe('parseCpuTime', () => {
  it.each([
    ['0:01.50', 1.5],
    ['2:03', 123],
    ['01:02:03', 3_723],
    ['1-00:00:01', 86_401],
  ])('reads %s', (time, seconds) => {
    expect(parseCpuTime(time)).toBe(seconds);
  });
});

describe('parseWaits', () => {
  it('reads the voluntary context switches and not the others', () => {
    expect(parseWaits('nonvoluntary_ctxt_switches:\t7\nvoluntary_ctxt_switches:\t42\n')).toBe(42);
  });
});

describe('selectTree', () => {
  it('selects the process, its children and their children', () => {
    const row = (pid: number, parent: number) => ({ pid, parent, cpuSeconds: 0, rssMb: 0 });
    const tree = selectTree([row(1, 0), row(2, 1), row(3, 2), row(4, 1), row(5, 9)], 2);
    expect(tree.map(({ pid }) => pid)).toEqual([2, 3]);
  });
});

describe('measureUsage', () => {
  it('measures a child process, and this process without the child', async () => {
    const child = spawn(process.execPath, ['-e', 'for (;;);']);
    try {
      const pids = { self: process.pid, child: child.pid as number };
      const { seconds, cpuSeconds, memoryMb } = await measureUsage(
        () => pids,
        () => pause(1_000),
      );
      expect(seconds).toBeGreaterThan(0.9);
      expect(cpuSeconds.child).toBeGreaterThan(0.05);
      expect(cpuSeconds.self).toBeLessThan(cpuSeconds.child ?? 0);
      expect(memoryMb.child).toBeGreaterThan(10);
    } finally {
      child.kill('SIGKILL');
    }
  });

  it('rejects if a process was restarted during the measurement', async () => {
    const pids = [process.pid, 1];
    const measured = measureUsage(
      () => ({ order: pids.shift() ?? 0 }),
      async () => {},
    );
    await expect(measured).rejects.toThrow('order was restarted');
  });
});
