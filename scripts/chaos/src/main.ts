// npm run chaos: breaks a system of its own for a while, by a seed, and checks that it kept its promises.

import { withoutEchoes } from '@lmt/terminal';
import { ArgumentError, readArguments, usage } from './arguments.js';

const shown = 60;

async function main() {
  const options = readArguments(process.argv.slice(2), Math.random);
  if (options === 'help') {
    console.log(usage);
    return;
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
  try {
    await prepare({ log: (line) => console.error(line) });
    stopped.signal.throwIfAborted();
    // Only now: what it imports is installed by prepare().
    const { runChaos } = await import('./run-chaos.js');
    const wrong = await runChaos({
      ...options,
      say: (line) => console.log(line),
      signal: stopped.signal,
    });
    for (const line of wrong.slice(0, shown)) console.log(line);
    if (wrong.length > shown) console.log(`and ${wrong.length - shown} more`);
    console.log(wrong.length === 0 ? 'every promise holds' : `\n${wrong.length} things are wrong`);
    if (wrong.length > 0) process.exitCode = 1;
  } catch (error) {
    // Being stopped is no failure.
    if (!stopped.signal.aborted) throw error;
  }
}

await main().catch((error) => {
  console.error(error instanceof ArgumentError ? error.message : `\n${error.stack ?? error.message}`);
  process.exitCode = error instanceof ArgumentError ? 2 : 1;
});
