import { openStandardOutput } from '@lmt/service-kit';

const COLOURS: Readonly<Record<string, number>> = {
  order: 36,
  relay: 33,
  inventory: 35,
  console: 34,
  demo: 32,
};
const WIDTH = Math.max(...Object.keys(COLOURS).map((name) => name.length));

/**
 * Creates a printer that starts each line with the name of the process that wrote it. A terminal
 * that is stopped or closed does not block the demo or its processes.
 */
export function createPrinter(env: NodeJS.ProcessEnv) {
  const out = openStandardOutput({
    onResumed: (lines) => print('demo', `${lines} lines dropped: standard output was not read`),
  });
  const coloured = Boolean(process.stdout.isTTY) && !env.NO_COLOR && env.TERM !== 'dumb';

  function print(name: string, line: string) {
    const label = `${name.padEnd(WIDTH)} |`;
    const colour = COLOURS[name];
    out.write(`${coloured && colour ? `\u001b[${colour}m${label}\u001b[0m` : label} ${line}\n`);
  }

  return {
    coloured,
    print,
    /** Prints text without labels, so that its commands can be copied. */
    write: out.write,
    /** Prints lines of the demo itself. */
    log(text: string) {
      for (const line of text.split('\n')) print('demo', line);
    },
  };
}
