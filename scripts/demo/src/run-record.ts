// .data/run.json: which demo works in this checkout, and the processes it has started. It is the lock
// against a second demo, and after a crash it tells the next one what was left behind.
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { poll, processIdentity } from '@lmt/stack';

const patienceSeconds = 10;

export type Recorded = { pid: number; identity: string | null };
export interface Run {
  demo: Recorded;
  control: { port: number; token: string } | null;
  processes: Record<string, Recorded>;
}

const fileIn = (folder: string) => join(folder, 'run.json');

/** @param recorded whether that very process still lives */
const lives = ({ pid, identity }: Recorded) => identity !== null && processIdentity(pid) === identity;

const recorded = (pid: number): Recorded => ({ pid, identity: processIdentity(pid) });

function readRun(folder: string): Run | null {
  try {
    return JSON.parse(readFileSync(fileIn(folder), 'utf8'));
  } catch {
    return null;
  }
}

/** The demo that runs in this folder, if one does. */
export function runningDemo(folder: string) {
  const run = readRun(folder);
  return run && lives(run.demo) ? run : null;
}

/** Writes a file so that a reader sees the old content or the new one, never a part. */
export function replaceJson(file: string, content: unknown) {
  const next = `${file}.next`;
  writeFileSync(next, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
  renameSync(next, file);
}

function send(pid: number, signal: NodeJS.Signals) {
  try {
    process.kill(pid, signal);
  } catch {
    // It has just ended.
  }
}

/** Stops what a demo that was killed has left running. */
export async function endLeftovers(folder: string, log: (line: string) => void) {
  const left = Object.entries(readRun(folder)?.processes ?? {}).filter(([, process]) => lives(process));
  if (left.length === 0) return;
  log(`an earlier demo was killed and left ${left.map(([name]) => name).join(', ')} running: stopping them`);
  for (const [name, { pid }] of left) {
    send(pid, 'SIGCONT');
    send(pid, name === 'postgres' ? 'SIGINT' : 'SIGTERM');
  }
  const gone = () => !left.some(([, process]) => lives(process));
  await poll('the end of the earlier demo', gone, { seconds: patienceSeconds }).catch(async () => {
    for (const [, process] of left) if (lives(process)) send(process.pid, 'SIGKILL');
    await poll('the end of the earlier demo', gone, { seconds: patienceSeconds });
  });
}

/** Makes this process the demo of the folder. Fails when another one is. */
export async function claimRun(folder: string, log: (line: string) => void) {
  mkdirSync(folder, { recursive: true });
  const run: Run = { demo: recorded(process.pid), control: null, processes: {} };
  for (;;) {
    try {
      writeFileSync(fileIn(folder), JSON.stringify(run), { mode: 0o600, flag: 'wx' });
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    // One that is being written at this moment reads as nothing; one that stays unreadable is stale.
    const other = await poll('the other run', () => readRun(folder), { seconds: 1 }).catch(() => null);
    if (other && lives(other.demo)) {
      throw new Error(
        `a demo already runs from this checkout (process ${other.demo.pid}).\n` +
          'Stop it with Ctrl-C in its terminal, or with: npm run demo -- stop',
      );
    }
    await endLeftovers(folder, log);
    rmSync(fileIn(folder), { force: true });
  }

  let released = false;
  const write = () => {
    if (!released) replaceJson(fileIn(folder), run);
  };
  return {
    control(control: { port: number; token: string }) {
      run.control = control;
      write();
    },
    processes(pids: Record<string, number>) {
      run.processes = Object.fromEntries(Object.entries(pids).map(([name, pid]) => [name, recorded(pid)]));
      write();
    },
    release() {
      released = true;
      rmSync(fileIn(folder), { force: true });
    },
  };
}
