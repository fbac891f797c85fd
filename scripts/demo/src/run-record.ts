// The records of a run in .data. run.json names the running demo and the processes that it has
// started. It locks the folder against a second demo and, after a crash, names the leftover
// processes. Other commands find the demo through demo.json (findDemo in @lmt/terminal).
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Stack } from '@lmt/stack';
import type { ControlAddress } from '@lmt/stack/control';
import { processIdentity, sendSignal } from '@lmt/stack/pid';
import { poll } from '@lmt/stack/poll';

const END_SECONDS = 10;

interface RecordedProcess {
  readonly pid: number;
  readonly identity: string | null;
}

interface Run {
  readonly demo: RecordedProcess;
  readonly control: ControlAddress | null;
  readonly processes: Readonly<Record<string, RecordedProcess>>;
}

const runFile = (folder: string) => join(folder, 'run.json');
const demoFile = (folder: string) => join(folder, 'demo.json');

const recordProcess = (pid: number): RecordedProcess => ({ pid, identity: processIdentity(pid) });

const isAlive = ({ pid, identity }: RecordedProcess) =>
  identity !== null && processIdentity(pid) === identity;

function readRun(folder: string): Run | null {
  try {
    return JSON.parse(readFileSync(runFile(folder), 'utf8'));
  } catch {
    return null;
  }
}

/** Returns the record of the folder's running demo, or null if none runs. */
export function findRun(folder: string): Run | null {
  const run = readRun(folder);
  return run && isAlive(run.demo) ? run : null;
}

/** Replaces a file atomically, so that a reader sees either the old or the new content. */
function replaceJson(file: string, content: unknown): void {
  const next = `${file}.next`;
  writeFileSync(next, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
  renameSync(next, file);
}

/** Stops the processes that a killed demo has left running. */
export async function endLeftovers(folder: string, log: (line: string) => void): Promise<void> {
  const left = Object.entries(readRun(folder)?.processes ?? {}).filter(([, recorded]) => isAlive(recorded));
  if (left.length === 0) return;
  log(`stopping processes of an earlier demo that was killed: ${left.map(([name]) => name).join(', ')}`);
  for (const [name, { pid }] of left) {
    sendSignal(pid, 'SIGCONT');
    sendSignal(pid, name === 'postgres' ? 'SIGINT' : 'SIGTERM');
  }
  const untilEnded = () =>
    poll('exit of the earlier demo', () => !left.some(([, recorded]) => isAlive(recorded)), {
      seconds: END_SECONDS,
    });
  await untilEnded().catch(() => {
    for (const [, recorded] of left) if (isAlive(recorded)) sendSignal(recorded.pid, 'SIGKILL');
    return untilEnded();
  });
}

/** Claims the folder for this process. Rejects if another demo runs there. */
export async function claimRun(folder: string, log: (line: string) => void) {
  mkdirSync(folder, { recursive: true });
  let run: Run = { demo: recordProcess(process.pid), control: null, processes: {} };
  while (!createRunFile(folder, run)) {
    // A record that is still being written reads as null. If it stays unreadable, it is stale.
    const other = await poll('the other run', () => readRun(folder), { seconds: 1 }).catch(() => null);
    if (other && isAlive(other.demo)) {
      throw new Error(
        `a demo already runs from this checkout (process ${other.demo.pid}).\n` +
          'Stop it with Ctrl-C in its terminal, or with: npm run demo -- stop',
      );
    }
    await endLeftovers(folder, log);
    rmSync(runFile(folder), { force: true });
  }

  // A killed demo may have left this file.
  rmSync(demoFile(folder), { force: true });

  let released = false;
  function replace(file: string, content: object) {
    if (!released) replaceJson(file, content);
  }
  function update(changes: Partial<Run>) {
    run = { ...run, ...changes };
    replace(runFile(folder), run);
  }
  return {
    setControl: ({ port, token }: ControlAddress) => update({ control: { port, token } }),
    setProcesses: (pids: Readonly<Record<string, number>>) =>
      update({
        processes: Object.fromEntries(Object.entries(pids).map(([name, pid]) => [name, recordProcess(pid)])),
      }),
    publish({ urls, consoleSignInUrl, databases, auditorDatabases, broker, pids, ...stack }: Stack) {
      const { adminToken, adminTokens } = stack;
      const tokens = { adminToken, adminTokens };
      const published = { urls, consoleSignInUrl, databases, auditorDatabases, broker, ...tokens, pids };
      replace(demoFile(folder), published);
    },
    release() {
      released = true;
      for (const file of [demoFile(folder), runFile(folder)]) rmSync(file, { force: true });
    },
  };
}

/** Creates the file, or returns false if it already exists. */
function createRunFile(folder: string, run: Run) {
  try {
    writeFileSync(runFile(folder), JSON.stringify(run), { mode: 0o600, flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}
