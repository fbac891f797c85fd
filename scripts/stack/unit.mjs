// One process of a stack, whatever it is: how it is started, stopped, killed, paused.
import { stopProcess } from './child-process.mjs';
import { poll } from './poll.mjs';

/** @typedef {import('./child-process.mjs').Child} Child */
/** @typedef {import('./child-process.mjs').Exit} Exit */
/**
 * @typedef {object} Unit
 * @property {number | null} pid null while it is down
 * @property {boolean} running
 * @property {Promise<Exit>} exited of the process that was started last
 * @property {() => Promise<void>} start also again, on the same data; rejects when it does not come up
 * @property {() => Promise<void>} stop in order, SIGKILL when that takes too long
 * @property {() => Promise<void>} kill SIGKILL; a start under way rejects
 * @property {() => Promise<void>} pause SIGSTOP: alive, but it answers nobody
 * @property {() => Promise<void>} resume SIGCONT
 */

/**
 * @param {object} options
 * @param {string} options.name for messages
 * @param {() => Promise<Child>} options.launch
 * @param {() => Promise<void>} [options.prepare] before each launch
 * @param {() => Promise<boolean>} [options.answers] without it, it is up once it is launched
 * @param {(child: Child) => boolean} [options.mayRetry] whether one that ended while starting is launched again
 * @param {number} [options.startSeconds]
 * @param {NodeJS.Signals} [options.stopSignal]
 * @param {() => Promise<number[]>} [options.family] processes beside the main one, paused with it
 * @param {() => Promise<void>} [options.afterKill]
 * @param {() => void} [options.onSpawn]
 * @returns {Unit}
 */
export function createUnit({
  name,
  launch,
  prepare = async () => {},
  answers = async () => true,
  mayRetry = () => false,
  startSeconds = 30,
  stopSignal = 'SIGTERM',
  family = async () => [],
  afterKill = async () => {},
  onSpawn = () => {},
}) {
  /** @type {Child | null} */
  let child = null;

  async function spawn() {
    child = await launch();
    onSpawn();
    return child;
  }

  async function start() {
    if (child?.running) return;
    await prepare();
    let starting = await spawn();
    const up = async () => {
      if (!starting.running) {
        if (!mayRetry(starting))
          throw new Error(`${name} ended while starting\n${starting.lastLines.join('\n')}`);
        starting = await spawn();
      }
      return answers();
    };
    await poll(name, up, { seconds: startSeconds }).catch(async (error) => {
      await stopProcess(starting, { signal: 'SIGKILL' });
      throw error;
    });
  }

  /** @param {NodeJS.Signals} signal */
  async function signalAll(signal) {
    child?.signal(signal);
    for (const pid of await family()) {
      try {
        process.kill(pid, signal);
      } catch {
        // It has just ended.
      }
    }
  }

  return {
    get pid() {
      return child?.running ? child.pid : null;
    },
    get running() {
      return child?.running ?? false;
    },
    get exited() {
      return child?.exited ?? Promise.resolve({ code: null, signal: null });
    },
    start,
    async stop() {
      if (!child) return;
      // A paused process would never see the signal.
      await signalAll('SIGCONT');
      await stopProcess(child, { signal: stopSignal });
    },
    async kill() {
      if (!child) return;
      child.signal('SIGKILL');
      await child.exited;
      await afterKill();
    },
    pause: () => signalAll('SIGSTOP'),
    resume: () => signalAll('SIGCONT'),
  };
}
