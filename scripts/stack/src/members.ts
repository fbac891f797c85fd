// The processes of a stack by their names: who is up, and what each has printed.
import type { Supervised } from './supervise.js';
import { supervise } from './supervise.js';
import type { Unit } from './unit.js';

const keptLines = 5_000;

export type Members = ReturnType<typeof createMembers>;
/** the last lines, and how many there were in all */
export type Printed = { lines: string[]; count: number };

/**
 * @param options.onLine each line that a process prints
 * @param options.onChange a process started or ended: those that are up
 */
export function createMembers({
  report,
  onLine,
  onChange,
}: {
  report: (line: string) => void;
  onLine: (name: string, line: string) => void;
  onChange: (pids: Record<string, number>) => void;
}) {
  const members: Map<string, Supervised> = new Map();
  const printed: Map<string, Printed> = new Map();

  function pids(): Record<string, number> {
    const up = [...members.values()].flatMap(({ name, pid }) => (pid === null ? [] : [[name, pid]]));
    return Object.fromEntries(up);
  }
  const changed = () => onChange(pids());

  function get(name: string) {
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
    add(name: string, unit: Unit) {
      members.set(name, supervise(name, unit, { report, changed }));
    },
    /** What keeps the lines of a process, from its first launch on. */
    recordLines(name: string) {
      const output: Printed = { lines: [], count: 0 };
      printed.set(name, output);
      return (line: string) => {
        output.count += 1;
        if (output.lines.push(line) > keptLines) output.lines.shift();
        onLine(name, line);
      };
    },
    /** What a process has printed after its first `after` lines, as far as it is among the last 5,000. */
    lines(name: string, after: number = 0): string[] {
      const { lines, count } = printed.get(name) ?? { lines: [], count: 0 };
      return lines.slice(Math.max(0, after - (count - lines.length)));
    },
    /** How many lines a process has printed. */
    lineCount: (name: string) => printed.get(name)?.count ?? 0,
    /** Those that are there, all at once. */
    end: (names: readonly string[], how: 'stop' | 'kill') =>
      Promise.all(names.map((name) => members.get(name)?.[how]())),
  };
}
