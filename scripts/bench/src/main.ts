// npm run bench: starts a stack of its own, measures it, prints the figures.
import { createCommand, Option, runCommand, untilInterrupted } from '@lmt/terminal';
import { runBench } from './run-bench.js';

const command = createCommand('bench', 'Starts a system of its own and measures it.')
  .option('--quick', 'halves the times')
  .addOption(new Option('--broker <kind>', 'Kafka by default where it can run').choices(['kafka', 'direct']))
  .option('--json <file>', 'writes the figures to a file as well')
  .addHelpText(
    'after',
    '\nThe data is in a temporary folder, which is removed at the end. TMPDIR chooses the disk.',
  )
  .action((options) =>
    untilInterrupted(async (signal) => {
      console.log(await runBench({ ...options, log: console.error, signal }));
    }),
  );

await runCommand(command);
