// Keeps a process up. A process that dies is restarted with back-off. A process that was killed on
// request stays down until it is started.
import { sendSignal } from './pid.js';
import { poll } from './poll.js';
import { type Child, describeExit, type Exit, stopProcess } from './start-process.js';
import { type ProcessDefinition, startUntilUp } from './start-until-up.js';

const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 30_000;
// A process that ran at least this long was healthy, so its next restart uses the first delay.
const HEALTHY_MS = 30_000;
// The services' exit code for wrong settings (EX_CONFIG). A restart would fail again.
const WRONG_SETTINGS = 78;
const KEPT_LINES = 5_000;

export type Phase = 'down' | 'starting' | 'up' | 'paused';

export interface Observer {
  readonly log: (line: string) => void;
  /** Called with each line that the process prints. */
  readonly onLine?: (name: string, line: string) => void;
  /** Called when the process is launched or its phase changes. */
  readonly onChange?: () => void;
}

export type SupervisedProcess = ReturnType<typeof supervise>;

export function supervise(definition: ProcessDefinition, { log, onLine, onChange }: Observer) {
  const { name, stopSignal = 'SIGTERM' } = definition;
  let child: Child | null = null;
  let wanted = false;
  let phase: Phase = 'down';
  let restarts = 0;
  let delayMs = FIRST_DELAY_MS;
  let upSince: number | null = null;
  let starting: Promise<void> = Promise.resolve();
  let restart: NodeJS.Timeout | undefined;
  let previous: Promise<void> = Promise.resolve();
  let ends = 0;
  const lines: string[] = [];
  let lineCount = 0;

  function recordLine(line: string) {
    lineCount += 1;
    if (lines.push(line) > KEPT_LINES) lines.shift();
    onLine?.(name, line);
  }

  /** Makes the next request wait until `work` has settled. */
  function enqueue(work: Promise<void>) {
    previous = Promise.allSettled([previous, work]).then(() => {});
    return work;
  }

  function enter(next: Phase) {
    phase = next;
    upSince = next === 'up' ? (upSince ?? Date.now()) : next === 'paused' ? upSince : null;
    onChange?.();
  }

  async function launch() {
    child = await definition.launch(recordLine);
    onChange?.();
    return child;
  }

  async function startUp() {
    enter('starting');
    starting = startUntilUp(definition, launch);
    try {
      await starting;
    } catch (error) {
      enter('down');
      throw error;
    }
    enter('up');
    child?.exited.then(handleExit);
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
        await startUp();
        log(`${name} was restarted (process ${child?.pid})`);
      } catch (error) {
        if (!wanted) return;
        log(`restart of ${name} failed, retrying in ${delayMs / 1000} s: ${(error as Error).message}`);
        restartLater();
      }
    }, delayMs);
    delayMs = Math.min(delayMs * 2, LONGEST_DELAY_MS);
  }

  /** @param endsBefore number of stops and kills that were requested before this start */
  async function bringUp(endsBefore: number) {
    if (ends !== endsBefore) throw new Error(`${name} was ended before it was started`);
    if (wanted && phase !== 'down') return;
    wanted = true;
    clearTimeout(restart);
    delayMs = FIRST_DELAY_MS;
    try {
      await startUp();
    } catch (error) {
      wanted = false;
      throw error;
    }
  }

  /** Skips the queue: interrupts a start in progress and cancels waiting starts. */
  async function bringDown(end: (running: Child) => Promise<void>) {
    ends += 1;
    wanted = false;
    clearTimeout(restart);
    if (child) await end(child);
    // A start in progress may already have launched the process.
    await starting.catch(() => {});
    if (child?.running) await end(child);
    enter('down');
  }

  async function signalAll(signal: NodeJS.Signals) {
    if (!child?.running) return;
    child.signal(signal);
    for (const pid of (await definition.relatedPids?.(child.pid)) ?? []) sendSignal(pid, signal);
  }

  async function stopChild(running: Child) {
    // A paused process would not receive the signal.
    await signalAll('SIGCONT');
    await stopProcess(running, { signal: stopSignal });
  }

  async function killChild(running: Child) {
    await stopProcess(running, { signal: 'SIGKILL' });
    await definition.afterKill?.();
  }

  const isReady = async () => phase === 'up' && (definition.isReady ? definition.isReady() : true);

  return {
    name,
    state: () => ({ phase, wanted, restarts, upSince, pid: child?.running ? child.pid : null }),
    /** The lines printed after the first `after` lines. Only the last 5,000 lines are kept. */
    lines: (after = 0) => lines.slice(Math.max(0, after - (lineCount - lines.length))),
    lineCount: () => lineCount,
    /** Resolves when the process is up, immediately if it already runs. */
    start() {
      const endsBefore = ends;
      return enqueue(previous.then(() => bringUp(endsBefore)));
    },
    /** Stops the process gracefully, or with SIGKILL at the deadline. */
    stop: () => enqueue(bringDown(stopChild)),
    /** Sends SIGKILL. A start in progress rejects. A later start waits for `cleanUp`. */
    kill: (cleanUp?: () => Promise<void>) => enqueue(bringDown(killChild).then(cleanUp)),
    isReady,
    /** Resolves when the process is ready, rejects when it is down. */
    async ready({ seconds = 60 }: { readonly seconds?: number } = {}) {
      const checkReady = () => {
        if (wanted) return isReady();
        throw new Error(`${name} is down\n${lines.slice(-20).join('\n')}`);
      };
      await poll(`${name} is ready`, checkReady, { seconds });
    },
    /** SIGSTOP: alive but not responding. Resolves with false, without effect, unless it is up. */
    async pause() {
      if (phase !== 'up') return false;
      // Precedes the signals, so that a process that ends meanwhile becomes `down`.
      enter('paused');
      await signalAll('SIGSTOP');
      return true;
    },
    /** SIGCONT. Resolves with false, without effect, unless it is paused. */
    async resume() {
      if (phase !== 'paused') return false;
      enter('up');
      await signalAll('SIGCONT');
      return true;
    },
  };
}
