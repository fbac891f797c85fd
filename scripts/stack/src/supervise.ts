// Keeps a unit up: what dies by itself is started again with a back-off, what was killed on request
// stays down until it is started.

import type { Exit } from './child-process.js';
import { describeExit } from './child-process.js';
import type { Unit } from './unit.js';

const firstDelayMs = 500;
const longestDelayMs = 30_000;
// One that ran for this long was well: its next death begins with the first delay again.
const provenMs = 30_000;
// The services' exit code for settings that are wrong (EX_CONFIG): the same start would fail again.
const wrongSettings = 78;

export type Phase = 'down' | 'starting' | 'up' | 'paused';
export interface Supervised {
  name: string;
  pid: number | null;
  phase: Phase;
  /** whether it shall be up; false after a kill */
  wanted: boolean;
  /** by itself, so far */
  restarts: number;
  /** epoch milliseconds */
  upSince: number | null;
  start: () => Promise<void>;
  stop: () => Promise<void>;
  kill: () => Promise<void>;
  pause: () => Promise<void>;
  resume: () => Promise<void>;
}

export function supervise(
  name: string,
  unit: Unit,
  { report, changed = () => {} }: { report: (line: string) => void; changed?: () => void },
): Supervised {
  let wanted = false;
  let phase: Phase = 'down';
  let restarts = 0;
  let delayMs = firstDelayMs;
  let upSince: number | null = null;
  let starting: Promise<void> = Promise.resolve();
  let restart: NodeJS.Timeout | undefined;
  let previous: Promise<void> = Promise.resolve();
  let ends = 0;

  /** What is asked for after `work` begins when that is through. */
  function following(work: Promise<void>) {
    previous = Promise.allSettled([previous, work]).then(() => {});
    return work;
  }

  function enter(next: Phase) {
    phase = next;
    upSince = next === 'up' ? (upSince ?? Date.now()) : next === 'paused' ? upSince : null;
    changed();
  }

  async function launch() {
    enter('starting');
    starting = unit.start();
    try {
      await starting;
    } catch (error) {
      enter('down');
      throw error;
    }
    enter('up');
    unit.exited.then(ended);
  }

  function ended(exit: Exit) {
    if (upSince !== null && Date.now() - upSince > provenMs) delayMs = firstDelayMs;
    enter('down');
    if (!wanted) return;
    if (exit.code === wrongSettings) {
      wanted = false;
      report(`${name} refuses its settings and stays down`);
      return;
    }
    report(`${name} died (${describeExit(exit)}): it is restarted in ${delayMs / 1000} s`);
    restartLater();
  }

  function restartLater() {
    restart = setTimeout(async () => {
      try {
        restarts += 1;
        await launch();
        report(`${name} was restarted (process ${unit.pid})`);
      } catch (error) {
        if (!wanted) return;
        const { message } = error as Error;
        report(`${name} could not be restarted, next attempt in ${delayMs / 1000} s: ${message}`);
        restartLater();
      }
    }, delayMs);
    delayMs = Math.min(delayMs * 2, longestDelayMs);
  }

  /** @param endsBefore how many ends had been asked for before it */
  async function bringUp(endsBefore: number) {
    if (ends !== endsBefore) throw new Error(`${name} was ended before it was started`);
    if (wanted && phase !== 'down') return;
    wanted = true;
    clearTimeout(restart);
    delayMs = firstDelayMs;
    try {
      await launch();
    } catch (error) {
      wanted = false;
      throw error;
    }
  }

  /** It waits for nothing: it cuts short a start that is under way and takes back those that wait. */
  async function bringDown(end: () => Promise<void>) {
    ends += 1;
    wanted = false;
    clearTimeout(restart);
    await end();
    // A start that was under way may have launched it after all.
    await starting.catch(() => {});
    if (unit.running) await end();
    enter('down');
  }

  return {
    name,
    get pid() {
      return unit.pid;
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
      return following(previous.then(() => bringUp(endsBefore)));
    },
    stop: () => following(bringDown(unit.stop)),
    kill: () => following(bringDown(unit.kill)),
    async pause() {
      await unit.pause();
      enter('paused');
    },
    async resume() {
      await unit.resume();
      enter('up');
    },
  };
}
