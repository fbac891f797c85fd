// Keeps a unit up: what dies by itself is started again with a back-off, what was killed on request
// stays down until it is started.
import { describeExit } from './child-process.mjs';

const firstDelayMs = 500;
const longestDelayMs = 30_000;
// One that ran for this long was well: its next death begins with the first delay again.
const provenMs = 30_000;
// The services' exit code for settings that are wrong (EX_CONFIG): the same start would fail again.
const wrongSettings = 78;

/** @typedef {'down' | 'starting' | 'up' | 'paused'} Phase */
/**
 * @typedef {object} Supervised
 * @property {string} name
 * @property {number | null} pid
 * @property {Phase} phase
 * @property {boolean} wanted whether it shall be up; false after a kill
 * @property {number} restarts by itself, so far
 * @property {number | null} upSince epoch milliseconds
 * @property {() => Promise<void>} start
 * @property {() => Promise<void>} stop
 * @property {() => Promise<void>} kill
 * @property {() => Promise<void>} pause
 * @property {() => Promise<void>} resume
 */

/**
 * @param {string} name
 * @param {import('./unit.mjs').Unit} unit
 * @param {{ report: (line: string) => void, changed?: () => void }} options
 * @returns {Supervised}
 */
export function supervise(name, unit, { report, changed = () => {} }) {
  let wanted = false;
  /** @type {Phase} */
  let phase = 'down';
  let restarts = 0;
  let delayMs = firstDelayMs;
  /** @type {number | null} */
  let upSince = null;
  /** @type {Promise<void>} */
  let starting = Promise.resolve();
  /** @type {NodeJS.Timeout | undefined} */
  let restart;
  /** @type {Promise<void>} */
  let previous = Promise.resolve();
  let ends = 0;

  /** What is asked for after `work` begins when that is through. @param {Promise<void>} work */
  function following(work) {
    previous = Promise.allSettled([previous, work]).then(() => {});
    return work;
  }

  /** @param {Phase} next */
  function enter(next) {
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

  /** @param {import('./child-process.mjs').Exit} exit */
  function ended(exit) {
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
        const { message } = /** @type {Error} */ (error);
        report(`${name} could not be restarted, next attempt in ${delayMs / 1000} s: ${message}`);
        restartLater();
      }
    }, delayMs);
    delayMs = Math.min(delayMs * 2, longestDelayMs);
  }

  /** @param {number} endsBefore how many ends had been asked for before it */
  async function bringUp(endsBefore) {
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

  /**
   * It waits for nothing: it cuts short a start that is under way and takes back those that wait.
   *
   * @param {() => Promise<void>} end
   */
  async function bringDown(end) {
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
