// npm run bench: starts a stack of its own, measures it, prints one table.
import { parseArgs } from 'node:util';
import { withoutEchoes } from '@lmt/terminal';

const usage = `npm run bench -- [--quick] [--broker kafka|direct] [--json FILE]

  --quick    halves the times
  --broker   kafka by default where it can run (Java and Maven), else direct
  --json     writes the figures to FILE as well
The data lies in a temporary folder (TMPDIR chooses the disk) and is removed at the end.`;

async function main() {
  const { values } = parseArgs({
    options: {
      broker: { type: 'string' },
      json: { type: 'string' },
      quick: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const { broker, json, quick, help } = values;
  if (help) {
    console.log(usage);
    return;
  }
  if (broker !== undefined && broker !== 'kafka' && broker !== 'direct') {
    throw new Error(`--broker ${broker}: kafka or direct`);
  }
  const stopped = new AbortController();
  const stop = withoutEchoes(() => {
    // The second time: what was started is ended by exit handlers.
    if (stopped.signal.aborted) process.exit(130);
    console.error('stopping; Ctrl-C again kills');
    process.exitCode = 130;
    stopped.abort(new Error('stopped'));
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, stop);
  const say = (line: string) => console.error(line);
  try {
    await prepare({ log: say });
    // Only now: what it imports is installed by prepare().
    const { runBench } = await import('./run-bench.js');
    console.log(await runBench({ broker, quick, json, say, signal: stopped.signal }));
  } catch (error) {
    // Being stopped is no failure.
    if (!stopped.signal.aborted) throw error;
  }
}

await main().catch((error) => {
  console.error(`\n${error.message}`);
  process.exitCode = 1;
});
