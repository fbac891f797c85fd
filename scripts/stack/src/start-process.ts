// A child process: started in its own process group, read line by line, stopped with a deadline.
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface Child {
  readonly pid: number;
  readonly running: boolean;
  /** Never rejects. */
  readonly exited: Promise<Exit>;
  /** The last lines of the output, for error messages. */
  readonly lastLines: readonly string[];
  /** Does nothing when the process has ended. */
  signal(signal: NodeJS.Signals): void;
}

export interface StartOptions extends Pick<SpawnOptions, 'env' | 'cwd' | 'uid' | 'gid'> {
  readonly onLine?: ((line: string) => void) | undefined;
}

const KEPT_LINES = 30;
const LAST_LINES_MS = 250;

const alive = new Set<ChildProcess>();
// A command may end without stopping its child processes, so they are killed here.
process.once('exit', () => {
  for (const child of alive) child.kill('SIGKILL');
});

/**
 * Starts a process that leads its own process group: Ctrl-C in a terminal reaches only the command,
 * which then stops its processes in order. Rejects when the program can't be executed.
 */
export async function startProcess(
  program: string,
  args: readonly string[],
  { onLine, ...options }: StartOptions = {},
): Promise<Child> {
  const child = spawn(program, args, { ...options, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const lastLines: string[] = [];
  for (const input of [child.stdout, child.stderr]) {
    createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY }).on('line', (line) => {
      if (lastLines.push(line) > KEPT_LINES) lastLines.shift();
      onLine?.(line);
    });
  }
  const exited = new Promise<Exit>((resolve) => {
    child.once('exit', async (code, signal) => {
      alive.delete(child);
      // Waits briefly for the last lines. Child processes may keep the pipes open for long.
      await Promise.race([once(child, 'close'), sleep(LAST_LINES_MS, undefined, { ref: false })]);
      resolve({ code, signal });
    });
  });
  await once(child, 'spawn');
  alive.add(child);
  return {
    pid: Number(child.pid),
    get running() {
      return child.exitCode === null && child.signalCode === null;
    },
    exited,
    lastLines,
    signal: (signal) => void child.kill(signal),
  };
}

/** Asks a process to end and waits for its exit. Kills it at the deadline. */
export async function stopProcess(
  child: Child,
  { signal = 'SIGTERM', seconds = 20 }: { readonly signal?: NodeJS.Signals; readonly seconds?: number } = {},
): Promise<Exit> {
  child.signal(signal);
  const deadline = setTimeout(() => child.signal('SIGKILL'), seconds * 1000);
  const exit = await child.exited;
  clearTimeout(deadline);
  return exit;
}

export function describeExit({ code, signal }: Exit): string {
  return signal ? `killed by ${signal}` : `exit code ${code}`;
}

/** Resolves when the process has ended with exit code 0, else rejects with its last lines. */
export async function expectSuccess(name: string, child: Child): Promise<void> {
  const exit = await child.exited;
  if (exit.code !== 0)
    throw new Error(`${name} failed (${describeExit(exit)})\n${child.lastLines.join('\n')}`);
}
