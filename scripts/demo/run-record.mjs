// .data/run.json: which demo works in this checkout, and the processes it has started. It is the lock
// against a second demo, and after a crash it tells the next one what was left behind.
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { poll } from '../stack/poll.mjs';
import { processIdentity } from '../stack/process-identity.mjs';

const patienceSeconds = 10;

/** @typedef {{ pid: number, identity: string | null }} Recorded */
/**
 * @typedef {object} Run
 * @property {Recorded} demo
 * @property {{ port: number, token: string } | null} control
 * @property {Record<string, Recorded>} processes
 */

/** @param {string} folder */
const fileIn = (folder) => join(folder, 'run.json');

/** @param {Recorded} recorded whether that very process still lives */
const lives = ({ pid, identity }) => identity !== null && processIdentity(pid) === identity;

/** @param {number} pid @returns {Recorded} */
const recorded = (pid) => ({ pid, identity: processIdentity(pid) });

/** @param {string} folder @returns {Run | null} */
function readRun(folder) {
  try {
    return JSON.parse(readFileSync(fileIn(folder), 'utf8'));
  } catch {
    return null;
  }
}

/**
 * The demo that runs in this folder, if one does.
 *
 * @param {string} folder
 */
export function runningDemo(folder) {
  const run = readRun(folder);
  return run && lives(run.demo) ? run : null;
}

/**
 * Writes a file so that a reader sees the old content or the new one, never a part.
 *
 * @param {string} file
 * @param {unknown} content
 */
export function replaceJson(file, content) {
  const next = `${file}.next`;
  writeFileSync(next, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
  renameSync(next, file);
}

/** @param {number} pid @param {NodeJS.Signals} signal */
function send(pid, signal) {
  try {
    process.kill(pid, signal);
  } catch {
    // It has just ended.
  }
}

/**
 * Stops what a demo that was killed has left running.
 *
 * @param {string} folder
 * @param {(line: string) => void} log
 */
export async function endLeftovers(folder, log) {
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

/**
 * Makes this process the demo of the folder. Fails when another one is.
 *
 * @param {string} folder
 * @param {(line: string) => void} log
 */
export async function claimRun(folder, log) {
  mkdirSync(folder, { recursive: true });
  /** @type {Run} */
  const run = { demo: recorded(process.pid), control: null, processes: {} };
  for (;;) {
    try {
      writeFileSync(fileIn(folder), JSON.stringify(run), { mode: 0o600, flag: 'wx' });
      break;
    } catch (error) {
      if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EEXIST') throw error;
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
    /** @param {{ port: number, token: string }} control */
    control(control) {
      run.control = control;
      write();
    },
    /** @param {Record<string, number>} pids */
    processes(pids) {
      run.processes = Object.fromEntries(Object.entries(pids).map(([name, pid]) => [name, recorded(pid)]));
      write();
    },
    release() {
      released = true;
      rmSync(fileIn(folder), { force: true });
    },
  };
}
