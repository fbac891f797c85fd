// The demo's terminal: every line begins with who says it, aligned, in a colour of its own.

const colours = { order: 36, relay: 33, inventory: 35, demo: 32, kafka: 90, postgres: 90 };
const width = Math.max(...Object.keys(colours).map((name) => name.length));

/**
 * @param {NodeJS.WriteStream} out
 * @param {NodeJS.ProcessEnv} env
 */
export function createPrinter(out, env) {
  // A terminal that was closed must not end the demo before it has stopped its processes.
  out.on('error', () => {});
  const coloured = Boolean(out.isTTY) && !env.NO_COLOR && env.TERM !== 'dumb';
  /** @param {string} name @param {string} line */
  function print(name, line) {
    const label = name.padEnd(width);
    const colour = /** @type {Record<string, number>} */ (colours)[name];
    out.write(coloured && colour ? `\u001b[${colour}m${label} |\u001b[0m ${line}\n` : `${label} | ${line}\n`);
  }
  return {
    coloured,
    print,
    /** What the demo itself says. @param {string} text */
    say(text) {
      for (const line of text.split('\n')) print('demo', line);
    },
  };
}
