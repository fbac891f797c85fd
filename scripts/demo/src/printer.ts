const COLOURS: Readonly<Record<string, number>> = { order: 36, relay: 33, inventory: 35, demo: 32 };
const WIDTH = Math.max(...Object.keys(COLOURS).map((name) => name.length));

/** Creates a printer that starts each line with the name of the process that wrote it. */
export function createPrinter(out: NodeJS.WriteStream, env: NodeJS.ProcessEnv) {
  // A closed terminal must not end the demo before it has stopped its processes.
  out.on('error', () => {});
  const coloured = Boolean(out.isTTY) && !env.NO_COLOR && env.TERM !== 'dumb';

  function print(name: string, line: string) {
    const label = `${name.padEnd(WIDTH)} |`;
    const colour = COLOURS[name];
    out.write(`${coloured && colour ? `\u001b[${colour}m${label}\u001b[0m` : label} ${line}\n`);
  }

  return {
    coloured,
    print,
    /** Prints lines of the demo itself. */
    log(text: string) {
      for (const line of text.split('\n')) print('demo', line);
    },
  };
}
