import { describe, expect, it } from 'vitest';
import { createChaosCommand } from './chaos-command.js';
import type { ChaosOptions } from './run-chaos.js';

async function parse(...args: string[]): Promise<ChaosOptions | undefined> {
  let parsed: ChaosOptions | undefined;
  const command = createChaosCommand(async (options) => {
    parsed = options;
  });
  command.exitOverride().configureOutput({ writeErr() {} });
  await command.parseAsync(args, { from: 'user' });
  return parsed;
}

describe('the arguments of chaos', () => {
  it('have defaults', async () => {
    expect(await parse()).toEqual({ seconds: 60, every: 2, brokers: 1 });
    const all = ['--seconds', '120', '--seed', '7', '--every', '20', '--brokers', '3', '--broker', 'direct'];
    expect(await parse(...all, '--keep')).toEqual({
      seconds: 120,
      seed: 7,
      every: 20,
      brokers: 3,
      broker: 'direct',
      keep: true,
    });
  });

  it.each([
    [
      ['--seconds', '0'],
      "option '--seconds <n>' argument '0' is invalid. expected a whole number from 5 to 3600",
    ],
    [
      ['--seconds', '1e3'],
      "option '--seconds <n>' argument '1e3' is invalid. expected a whole number from 5 to 3600",
    ],
    [
      ['--seed=-1'],
      "option '--seed <n>' argument '-1' is invalid. expected a whole number from 0 to 4294967295",
    ],
    [['--every', '0'], "option '--every <n>' argument '0' is invalid. expected a whole number from 1 to 600"],
    [
      ['--seed', '1.5'],
      "option '--seed <n>' argument '1.5' is invalid. expected a whole number from 0 to 4294967295",
    ],
    [['--broker', 'rabbit'], "argument 'rabbit' is invalid. Allowed choices are kafka, direct."],
    [['--speed', '9'], "unknown option '--speed'"],
    [['fast'], 'too many arguments'],
  ])('rejects %j', async (args, message) => {
    const error = await parse(...args).catch((error: Error) => error);
    expect(error).toBeInstanceOf(Error);
    expect((error as Error).message).toContain(message);
  });
});
