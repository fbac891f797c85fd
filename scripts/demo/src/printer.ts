// The demo's terminal: every line begins with who says it, aligned, in a colour of its own.

const colours = { order: 36, relay: 33, inventory: 35, demo: 32, kafka: 90, postgres: 90 };
const width = Math.max(...Object.keys(colours).map((name) => name.length));

export function createPrinter(out: NodeJS.WriteStream, env: NodeJS.ProcessEnv) {
  // A terminal that was closed must not end the demo before it has stopped its processes.
  out.on('error', () => {});
  const coloured = Boolean(out.isTTY) && !env.NO_COLOR && env.TERM !== 'dumb';
  function print(name: string, line: string) {
    const label = name.padEnd(width);
    const colour = (colours as Record<string, number>)[name];
    out.write(coloured && colour ? `\u001b[${colour}m${label} |\u001b[0m ${line}\n` : `${label} | ${line}\n`);
  }
  return {
    coloured,
    print,
    /** What the demo itself says. */
    say(text: string) {
      for (const line of text.split('\n')) print('demo', line);
    },
  };
}
