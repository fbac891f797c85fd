import { EventEmitter } from 'node:events';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { until } from '../http/loopback.fixture.js';
import { recordLog } from '../logging/recorded-log.fixture.js';
import { onShutdown, type ShutdownStep } from './on-shutdown.js';

function shutdown(steps: readonly ShutdownStep[]) {
  const { lines: log, logger } = recordLog();
  const exits: number[] = [];
  const hooks = Object.assign(new EventEmitter(), { exit: (code: number) => void exits.push(code) });
  const exit = onShutdown(steps, logger, hooks);
  return { log, exits, hooks, exit };
}

describe('onShutdown', () => {
  it.each(['SIGTERM', 'SIGINT'])('runs the steps in order on %s and exits 0', async (signal) => {
    const ran: string[] = [];
    const step = (name: string): ShutdownStep => [
      name,
      async () => {
        ran.push(`${name} begins`);
        await new Promise(setImmediate);
        ran.push(`${name} ends`);
      },
    ];
    const { exits, hooks } = shutdown([step('http'), step('database')]);
    hooks.emit(signal);
    await until(() => exits.length > 0);
    expect(ran).toEqual(['http begins', 'http ends', 'database begins', 'database ends']);
    expect(exits).toEqual([0]);
  });

  it('logs a failed step and continues with the next', async () => {
    let closed = false;
    const { exits, hooks, log } = shutdown([
      ['consumer', () => Promise.reject(new Error('stuck'))],
      [
        'database',
        async () => {
          closed = true;
        },
      ],
    ]);
    hooks.emit('SIGTERM');
    await until(() => exits.length > 0);
    expect([closed, exits]).toEqual([true, [0]]);
    expect(log).toContainEqual(
      expect.objectContaining({ step: 'consumer', err: expect.objectContaining({ message: 'stuck' }) }),
    );
  });

  it('exits 1 at the deadline, naming the step that hung', async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const { exits, hooks, log } = shutdown([['broker', () => new Promise(() => {})]]);
    hooks.emit('SIGTERM');
    vi.advanceTimersByTime(15_000);
    expect(exits).toEqual([1]);
    expect(log).toContainEqual(expect.objectContaining({ level: 'error', step: 'broker' }));
  });

  it('runs the steps without a signal and exits 1', async () => {
    let ran = 0;
    const { exits, exit } = shutdown([['http', () => (ran += 1)]]);
    exit();
    exit();
    await until(() => exits.length > 0);
    expect([ran, exits]).toEqual([1, [1]]);
  });

  it('exits at once on a second signal', () => {
    const { exits, hooks } = shutdown([['broker', () => new Promise(() => {})]]);
    hooks.emit('SIGINT');
    hooks.emit('SIGTERM');
    expect(exits).toEqual([1]);
  });

  it.each(['uncaughtException', 'unhandledRejection'])('logs and exits 1 on %s', (event) => {
    const { exits, hooks, log } = shutdown([]);
    hooks.emit(event, new Error('lost'));
    expect(exits).toEqual([1]);
    expect(log).toContainEqual(
      expect.objectContaining({ level: 'fatal', err: expect.objectContaining({ message: 'lost' }) }),
    );
  });
});
