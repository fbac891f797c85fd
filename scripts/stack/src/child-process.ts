// A process of the stack: started in its own group, read line by line, stopped with a deadline.
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export type Exit = { code: number | null; signal: NodeJS.Signals | null };
export interface Child {
  pid: number;
  running: boolean;
  /** never rejects */
  exited: Promise<Exit>;
  /** the end of its output, to show when it dies */
  lastLines: string[];
  /** nothing happens when it is gone */
  signal: (signal: NodeJS.Signals) => void;
}

const keptLines = 30;
const lastLinesMs = 250;

const alive: Set<ChildProcess> = new Set();
// The last resort when a script ends without having stopped its processes: none outlives it.
process.once('exit', () => {
  for (const child of alive) child.kill('SIGKILL');
});

/**
 * Starts a process. It leads its own process group: Ctrl-C in a terminal reaches only the script,
 * which then stops its processes in their order. Rejects when the command can't be executed.
 */
export async function startProcess(
  command: string,
  args: string[],
  {
    env,
    cwd,
    uid,
    gid,
    onLine,
  }: {
    env?: NodeJS.ProcessEnv;
    cwd?: string;
    uid?: number;
    gid?: number;
    onLine?: (line: string) => void;
  } = {},
): Promise<Child> {
  const child = spawn(command, args, {
    cwd,
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(uid === undefined ? {} : { uid, gid }),
  });
  const lastLines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }).on('line', (line) => {
      if (lastLines.push(line) > keptLines) lastLines.shift();
      onLine?.(line);
    });
  }
  const exited: Promise<Exit> = new Promise((resolve) => {
    child.once('exit', (code, signal) => {
      alive.delete(child);
      // Its last lines are still to be read; but its own children may hold the pipes open for long.
      const patience = setTimeout(resolve, lastLinesMs, { code, signal });
      child.once('close', () => {
        clearTimeout(patience);
        resolve({ code, signal });
      });
    });
  });
  await new Promise((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', reject);
  });
  alive.add(child);
  return {
    pid: child.pid as number,
    get running() {
      return child.exitCode === null && child.signalCode === null;
    },
    exited,
    lastLines,
    signal(signal) {
      child.kill(signal);
    },
  };
}

/** Asks a process to end and waits for it; kills it when it has not ended by the deadline. */
export async function stopProcess(
  child: Child,
  { signal = 'SIGTERM', seconds = 20 }: { signal?: NodeJS.Signals; seconds?: number } = {},
) {
  child.signal(signal);
  const deadline = setTimeout(() => child.signal('SIGKILL'), seconds * 1000);
  const exit = await child.exited;
  clearTimeout(deadline);
  return exit;
}

/** How a process ended, for a message. */
export function describeExit({ code, signal }: Exit) {
  return signal ? `killed by ${signal}` : `exit code ${code}`;
}
