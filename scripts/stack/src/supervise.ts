// Keeps a process up. A process that dies is restarted with back-off. A process that was killed on
// request stays down until it is started.
import type { StackProcess } from './stack-process.js';
import { describeExit, type Exit } from './start-process.js';

const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 30_000;
// A process that ran for this long was healthy: after its next death the delays start from the first again.
const HEALTHY_MS = 30_000;
// The services' exit code for wrong settings (EX_CONFIG): the same start would fail again.
const WRONG_SETTINGS = 78;

export type Phase = 'down' | 'starting' | 'up' | 'paused';

export interface SupervisedProcess extends Omit<StackProcess, 'running' | 'exited'> {
  readonly name: string;
  readonly phase: Phase;
  /** Whether the process should be up. False after a kill on request. */
  readonly wanted: boolean;
  /** Restarts after a death, so far. */
  readonly restarts: number;
  /** Epoch milliseconds. */
  readonly upSince: number | null;
}

export function supervise(
  name: string,
  stackProcess: StackProcess,
  { log, onChange = () => {} }: { readonly log: (line: string) => void; readonly onChange?: () => void },
): SupervisedProcess {
  let wanted = false;
  let phase: Phase = 'down';
  let restarts = 0;
  let delayMs = FIRST_DELAY_MS;
  let upSince: number | null = null;
  let starting: Promise<void> = Promise.resolve();
  let restart: NodeJS.Timeout | undefined;
  let previous: Promise<void> = Promise.resolve();
  let ends = 0;

  /** The next request begins when `work` has settled. */
  function enqueue(work: Promise<void>) {
    previous = Promise.allSettled([previous, work]).then(() => {});
    return work;
  }

  function enter(next: Phase) {
    phase = next;
    upSince = next === 'up' ? (upSince ?? Date.now()) : next === 'paused' ? upSince : null;
    onChange();
  }

  async function launch() {
    enter('starting');
    starting = stackProcess.start(onChange);
    try {
      await starting;
    } catch (error) {
      enter('down');
      throw error;
    }
    enter('up');
    stackProcess.exited.then(handleExit);
  }

  function handleExit(exit: Exit) {
    if (upSince !== null && Date.now() - upSince > HEALTHY_MS) delayMs = FIRST_DELAY_MS;
    enter('down');
    if (!wanted) return;
    if (exit.code === WRONG_SETTINGS) {
      wanted = false;
      log(`${name} rejected its settings and stays down`);
      return;
    }
    log(`${name} died (${describeExit(exit)}), restarting in ${delayMs / 1000} s`);
    restartLater();
  }

  function restartLater() {
    restart = setTimeout(async () => {
      try {
        restarts += 1;
        await launch();
        log(`${name} was restarted (process ${stackProcess.pid})`);
      } catch (error) {
        if (!wanted) return;
        log(`restart of ${name} failed, retrying in ${delayMs / 1000} s: ${(error as Error).message}`);
        restartLater();
      }
    }, delayMs);
    delayMs = Math.min(delayMs * 2, LONGEST_DELAY_MS);
  }

  /** @param endsBefore how many stops and kills had been requested before this start */
  async function bringUp(endsBefore: number) {
    if (ends !== endsBefore) throw new Error(`${name} was ended before it was started`);
    if (wanted && phase !== 'down') return;
    wanted = true;
    clearTimeout(restart);
    delayMs = FIRST_DELAY_MS;
    try {
      await launch();
    } catch (error) {
      wanted = false;
      throw error;
    }
  }

  /** Does not wait in the queue: it interrupts a start in progress and cancels those that wait. */
  async function bringDown(end: () => Promise<void>) {
    ends += 1;
    wanted = false;
    clearTimeout(restart);
    await end();
    // A start in progress may have launched the process after all.
    await starting.catch(() => {});
    if (stackProcess.running) await end();
    enter('down');
  }

  return {
    name,
    get pid() {
      return stackProcess.pid;
    },
    get phase() {
      return phase;
    },
    get wanted() {
      return wanted;
    },
    get restarts() {
      return restarts;
    },
    get upSince() {
      return upSince;
    },
    start() {
      const endsBefore = ends;
      return enqueue(previous.then(() => bringUp(endsBefore)));
    },
    stop: () => enqueue(bringDown(stackProcess.stop)),
    kill: () => enqueue(bringDown(stackProcess.kill)),
    async pause() {
      await stackProcess.pause();
      enter('paused');
    },
    async resume() {
      await stackProcess.resume();
      enter('up');
    },
  };
}
