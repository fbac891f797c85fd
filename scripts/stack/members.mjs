// The processes of a stack by their names: who is up, and what each has printed.
import { supervise } from './supervise.mjs';

const keptLines = 5_000;

/** @typedef {ReturnType<typeof createMembers>} Members */
/** @typedef {{ lines: string[], count: number }} Printed the last lines, and how many there were in all */

/**
 * @param {object} options
 * @param {(line: string) => void} options.report
 * @param {(name: string, line: string) => void} options.onLine each line that a process prints
 * @param {(pids: Record<string, number>) => void} options.onChange a process started or ended: those that are up
 */
export function createMembers({ report, onLine, onChange }) {
  /** @type {Map<string, import('./supervise.mjs').Supervised>} */
  const members = new Map();
  /** @type {Map<string, Printed>} */
  const printed = new Map();

  /** @returns {Record<string, number>} */
  function pids() {
    const up = [...members.values()].flatMap(({ name, pid }) => (pid === null ? [] : [[name, pid]]));
    return Object.fromEntries(up);
  }
  const changed = () => onChange(pids());

  /** @param {string} name */
  function get(name) {
    const found = members.get(name);
    if (found) return found;
    throw new Error(`there is no ${name} here: ${[...members.keys()].join(', ')}`);
  }

  return {
    changed,
    pids,
    get,
    get all() {
      return [...members.values()];
    },
    get names() {
      return [...members.keys()];
    },
    /** @param {string} name @param {import('./unit.mjs').Unit} unit */
    add(name, unit) {
      members.set(name, supervise(name, unit, { report, changed }));
    },
    /** What keeps the lines of a process, from its first launch on. @param {string} name */
    recordLines(name) {
      /** @type {Printed} */
      const output = { lines: [], count: 0 };
      printed.set(name, output);
      return (/** @type {string} */ line) => {
        output.count += 1;
        if (output.lines.push(line) > keptLines) output.lines.shift();
        onLine(name, line);
      };
    },
    /**
     * What a process has printed after its first `after` lines, as far as it is among the last 5,000.
     *
     * @param {string} name
     * @param {number} [after]
     * @returns {string[]}
     */
    lines(name, after = 0) {
      const { lines, count } = printed.get(name) ?? { lines: [], count: 0 };
      return lines.slice(Math.max(0, after - (count - lines.length)));
    },
    /** How many lines a process has printed. @param {string} name */
    lineCount: (name) => printed.get(name)?.count ?? 0,
    /** Those that are there, all at once. @param {readonly string[]} names @param {'stop' | 'kill'} how */
    end: (names, how) => Promise.all(names.map((name) => members.get(name)?.[how]())),
  };
}
