// The processes of a stack by name: their state and their output.
import type { StackProcess } from './stack-process.js';
import { type SupervisedProcess, supervise } from './supervise.js';

const KEPT_LINES = 5_000;

export interface ProcessesOptions {
  /** What the supervisor reports. */
  readonly log: (line: string) => void;
  /** Each line that a process prints. */
  readonly onLine: (name: string, line: string) => void;
  /** Called with the pids of the processes that are up, when one starts or ends. */
  readonly onChange: (pids: Record<string, number>) => void;
}

export type Processes = ReturnType<typeof createProcesses>;

export function createProcesses({ log, onLine, onChange }: ProcessesOptions) {
  const processes = new Map<string, SupervisedProcess>();
  /** The last lines of each process, and how many it has printed in all. */
  const output = new Map<string, { readonly lines: string[]; count: number }>();

  const pids = (): Record<string, number> =>
    Object.fromEntries(
      [...processes.values()].flatMap(({ name, pid }) => (pid === null ? [] : [[name, pid]])),
    );

  function get(name: string): SupervisedProcess {
    const found = processes.get(name);
    if (found) return found;
    throw new Error(`unknown process ${name}: ${[...processes.keys()].join(', ')}`);
  }

  return {
    pids,
    get,
    get all() {
      return [...processes.values()];
    },
    get names() {
      return [...processes.keys()];
    },
    add(name: string, stackProcess: StackProcess) {
      processes.set(name, supervise(name, stackProcess, { log, onChange: () => onChange(pids()) }));
    },
    /** Returns the function that records the lines of a process, across restarts. */
    recordLines(name: string) {
      const recorded = { lines: [] as string[], count: 0 };
      output.set(name, recorded);
      return (line: string) => {
        recorded.count += 1;
        if (recorded.lines.push(line) > KEPT_LINES) recorded.lines.shift();
        onLine(name, line);
      };
    },
    /** The lines that a process printed after its first `after` lines, of which the last 5,000 are kept. */
    lines(name: string, after = 0): string[] {
      const { lines, count } = output.get(name) ?? { lines: [], count: 0 };
      return lines.slice(Math.max(0, after - (count - lines.length)));
    },
    lineCount: (name: string) => output.get(name)?.count ?? 0,
    /** Ends those of these processes that exist, all at the same time. */
    end: (names: readonly string[], how: 'stop' | 'kill') =>
      Promise.all(names.map((name) => processes.get(name)?.[how]())),
  };
}
