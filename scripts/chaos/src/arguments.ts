// What npm run chaos was asked to do.
import { parseArgs } from 'node:util';

export const usage = `npm run chaos -- [--seconds 60] [--seed N] [--every 2] [--broker kafka|direct] [--keep]

Starts a system of its own, breaks it for so many seconds while orders come in, heals it, and checks
that every promise holds. The same seed gives the same schedule; without one it is random.
  --every  seconds from one fault to the next, on average: with 2 they overlap, with 20 each can be
           recovered from before the next one comes
  --keep   keeps the folder with the data and the logs; a failed run always keeps it
Exit 0: everything holds. 1: something does not. 2: the arguments are wrong.`;

export type ChaosOptions = {
  seconds: number;
  seed: number;
  every: number;
  broker: 'kafka' | 'direct' | undefined;
  keep: boolean;
};

/** The arguments are wrong; the message says how. */
export class ArgumentError extends Error {}

function wholeNumber(
  name: string,
  text: string | undefined,
  fallback: number,
  { min, max }: { min: number; max: number },
) {
  if (text === undefined) return fallback;
  const value = Number(text);
  if (/^\d{1,10}$/.test(text) && value >= min && value <= max) return value;
  throw new ArgumentError(`--${name} ${text}: expected a whole number from ${min} to ${max}`);
}

/**
 * @param random in [0, 1), for a seed that was not given
 * @returns @throws {ArgumentError} of one line
 */
export function readArguments(args: readonly string[], random: () => number): ChaosOptions | 'help' {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean', default: false } as const;
  const options = {
    seconds: text,
    seed: text,
    every: text,
    broker: text,
    keep: flag,
    help: { ...flag, short: 'h' },
  };
  const values = (() => {
    try {
      return parseArgs({ args: [...args], options }).values;
    } catch (error) {
      const [line = ''] = (error as Error).message.split(/\. |\n/);
      throw new ArgumentError(
        `${line.replace(/\.$/, '')}: expected --seconds, --seed, --every, --broker, --keep or --help`,
      );
    }
  })();
  if (values.help) return 'help';
  const { broker } = values;
  if (broker !== undefined && broker !== 'kafka' && broker !== 'direct') {
    throw new ArgumentError(`--broker ${broker}: expected kafka or direct`);
  }
  return {
    seconds: wholeNumber('seconds', values.seconds, 60, { min: 5, max: 3_600 }),
    seed: wholeNumber('seed', values.seed, Math.floor(random() * 1_000_000), { min: 0, max: 4_294_967_295 }),
    every: wholeNumber('every', values.every, 2, { min: 1, max: 600 }),
    broker,
    keep: values.keep,
  };
}
