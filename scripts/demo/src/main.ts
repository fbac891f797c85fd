// npm run demo: runs the whole system on this machine. Requires only Node.
import { callControl } from '@lmt/stack/control';
import { sendSignal } from '@lmt/stack/pid';
import { poll } from '@lmt/stack/poll';
import { brokerOption, createCommand, dataLocation, requireDemo, runCommand } from '@lmt/terminal';
import type { DemoState } from './commands.js';
import { formatStatus } from './describe.js';
import { endLeftovers, findRun } from './run-record.js';

const NAMES = 'order, relay, inventory, console, kafka or postgres';

const folder = dataLocation(process.env);

function findControl() {
  const run = findRun(folder);
  if (!run) throw new Error('no demo runs from this checkout: start it with npm run demo');
  if (!run.control) throw new Error('the demo is still starting');
  return run.control;
}

/** Sends a command to the demo that runs from this checkout, and prints its answer. */
async function control(command: string, body: { readonly name?: string } = {}) {
  const { text } = await callControl<{ text: string }>(findControl(), command, body);
  console.log(text);
}

async function status() {
  const { processes } = await callControl<DemoState>(findControl());
  const { consoleSignInUrl } = await requireDemo(process.env, 'wait until it has started');
  console.log(formatStatus(processes, consoleSignInUrl));
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
  .description('shows the processes of the running demo and the link to its console')
  .action(status);
command
  .command('kill')
  .argument('<name>', NAMES)
  .description('kills a process with SIGKILL; it stays down until it is started')
  .action((name) => control('kill', { name }));
command
  .command('start')
  .argument('<name>', NAMES)
  .description('starts a process that was killed')
  .action((name) => control('start', { name }));
command
  .command('pause')
  .argument('<name>', NAMES)
  .description('freezes a process with SIGSTOP: it lives but does nothing')
  .action((name) => control('pause', { name }));
command
  .command('resume')
  .argument('<name>', NAMES)
  .description('lets a paused process continue')
  .action((name) => control('resume', { name }));
command
  .command('wipe-kafka')
  .description('kills Kafka and deletes its data; it stays down until it is started')
  .action(() => control('wipe-kafka'));
command.command('stop').description('stops the running demo cleanly').action(stop);
// Lets the action report an unknown command. Set last, because later subcommands would inherit it.
command.allowExcessArguments();

await runCommand(command);
// The schema engine of the migrations has a 10 s lock timer that nothing can cancel. Without this
// line a demo that fails to start would wait for it.
process.exit();
