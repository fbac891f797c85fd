// npm run demo: runs the whole system on this machine. Requires only Node.
import { sendSignal } from '@lmt/stack/pid';
import { poll } from '@lmt/stack/poll';
import { brokerOption, createCommand, dataLocation, runCommand } from '@lmt/terminal';
import { sendCommand } from './control.js';
import { endLeftovers, findRun } from './run-record.js';

const NAMES = 'order, relay, inventory, kafka or postgres';

const folder = dataLocation(process.env);

/** Sends a command to the demo that runs from this checkout, and prints its answer. */
async function control(verb: string, name?: string) {
  const run = findRun(folder);
  if (!run) throw new Error('no demo runs from this checkout: start it with npm run demo');
  if (!run.control) throw new Error('the demo is still starting');
  console.log(await sendCommand(run.control, verb, name));
}

async function stop() {
  const run = findRun(folder);
  if (!run) {
    await endLeftovers(folder, console.log);
    console.log('no demo runs from this checkout');
    return;
  }
  sendSignal(run.demo.pid, 'SIGTERM');
  await poll('the demo stops', () => !findRun(folder), { seconds: 60 });
  console.log('the demo has stopped');
}

const command = createCommand('demo', 'Starts the whole system. Ctrl-C stops it.')
  .addOption(brokerOption())
  .option('--reset', 'deletes the data of earlier runs')
  .hook('preSubcommand', (demo) => {
    const { broker, reset } = demo.opts();
    if (broker || reset) demo.error('error: --broker and --reset apply only to the start');
  })
  .action(async ({ broker, reset = false }, demo) => {
    if (demo.args.length > 0) demo.error(`error: unknown command '${demo.args[0]}'`);
    // Imported only here, because it loads Prisma and the Kafka client.
    const { runDemo } = await import('./run-demo.js');
    await runDemo({ folder, broker, reset });
  });
command
  .command('status')
  .description('shows the processes of the running demo')
  .action(() => control('status'));
command
  .command('kill')
  .argument('<name>', NAMES)
  .description('kills a process with SIGKILL; it stays down until it is started')
  .action((name) => control('kill', name));
command
  .command('start')
  .argument('<name>', NAMES)
  .description('starts a process that was killed')
  .action((name) => control('start', name));
command.command('stop').description('stops the running demo cleanly').action(stop);
// Lets the action report an unknown command. Set last, because later subcommands would inherit it.
command.allowExcessArguments();

await runCommand(command);
// The schema engine of the migrations has a 10 s lock timer that nothing can cancel. Without this
// line a demo that fails to start would wait for it.
process.exit();
