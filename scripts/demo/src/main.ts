// npm run demo: the whole system on this machine, with nothing to install but Node.
import { parseArgs } from 'node:util';
import { poll } from '@lmt/stack';
import { sendCommand } from './control.js';
import { dataLocation } from './data-location.js';
import { runDemo } from './run-demo.js';
import { endLeftovers, runningDemo } from './run-record.js';

const folder = dataLocation(process.env);
const usage = `npm run demo                          starts everything, Ctrl-C stops it
npm run demo -- --broker kafka|direct the transport; by default Kafka where Java and Maven are
npm run demo -- --reset               forgets the data of earlier runs

while it runs, from another terminal (NAME: order, relay, inventory, kafka, postgres):
npm run demo -- status
npm run demo -- kill NAME             SIGKILL; it stays down until started
npm run demo -- start NAME
npm run demo -- stop`;

async function command(verb: string, name: string | undefined) {
  if ((verb === 'kill' || verb === 'start') && !name) throw new Error(`${verb} what?\n\n${usage}`);
  if ((verb === 'status' || verb === 'stop') && name) throw new Error(`${verb} takes no name\n\n${usage}`);
  const run = runningDemo(folder);
  if (!run) {
    if (verb !== 'stop') throw new Error('the demo does not run here: start it with npm run demo');
    await endLeftovers(folder, console.log);
    console.log('the demo does not run');
    return;
  }
  if (!run.control) throw new Error('the demo is still starting');
  const answer = await sendCommand(run.control, verb, name);
  if (answer) console.log(answer);
  if (verb !== 'stop') return;
  await poll('the demo stops', () => !runningDemo(folder), { seconds: 60 });
  console.log('the demo has stopped');
}

async function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      broker: { type: 'string' },
      reset: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const { broker, reset } = values;
  const [verb, name, ...rest] = positionals;
  if (values.help) {
    console.log(usage);
    return;
  }
  if (verb !== undefined) {
    if (!['status', 'kill', 'start', 'stop'].includes(verb) || rest.length > 0) {
      throw new Error(`unknown command: ${positionals.join(' ')}\n\n${usage}`);
    }
    if (broker !== undefined || reset) throw new Error(`--broker and --reset are for the start\n\n${usage}`);
    await command(verb, name);
    return;
  }
  if (broker !== undefined && broker !== 'kafka' && broker !== 'direct') {
    throw new Error(`--broker ${broker}: kafka or direct`);
  }
  await runDemo({ folder, broker, reset });
}

await main().catch((error) => {
  console.error(`\n${error.message}`);
  process.exitCode = 1;
});
