// Parses the arguments of npm run chaos.
import { brokerOption, type Command, createCommand, InvalidArgumentError } from '@lmt/terminal';
import type { ChaosOptions } from './run-chaos.js';

const wholeNumber = (min: number, max: number) => (text: string) => {
  const value = Number(text);
  if (/^\d{1,10}$/.test(text) && value >= min && value <= max) return value;
  throw new InvalidArgumentError(`expected a whole number from ${min} to ${max}`);
};

export function createChaosCommand(run: (options: ChaosOptions) => Promise<void>): Command {
  return createCommand(
    'chaos',
    'Breaks its own system while orders arrive, heals it and checks every promise.',
  )
    .option('--seconds <n>', 'how long faults are injected', wholeNumber(5, 3_600), 60)
    .option('--seed <n>', 'repeats the schedule of this seed; default random', wholeNumber(0, 2 ** 32 - 1))
    .option(
      '--every <n>',
      'average seconds between faults: with 2 they overlap, with 20 the system recovers in between',
      wholeNumber(1, 600),
      2,
    )
    .addOption(brokerOption())
    .option('--brokers <n>', 'brokers of Kafka; each partition is on one of them', wholeNumber(1, 3), 1)
    .option('--keep', 'keeps the data and the logs; a failed run always keeps them')
    .addHelpText('after', '\nExit code 0: every promise holds. 1: a promise is violated. 2: wrong arguments.')
    .action((options) => run(options));
}
