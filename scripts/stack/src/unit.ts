// One process of a stack, whatever it is: how it is started, stopped, killed, paused.

import type { Child, Exit } from './child-process.js';
import { stopProcess } from './child-process.js';
import { poll } from './poll.js';
export interface Unit {
  /** null while it is down */
  pid: number | null;
  running: boolean;
  /** of the process that was started last */
  exited: Promise<Exit>;
  /** also again, on the same data; rejects when it does not come up */
  start: () => Promise<void>;
  /** in order, SIGKILL when that takes too long */
  stop: () => Promise<void>;
  /** SIGKILL; a start under way rejects */
  kill: () => Promise<void>;
  /** SIGSTOP: alive, but it answers nobody */
  pause: () => Promise<void>;
  /** SIGCONT */
  resume: () => Promise<void>;
}

/**
 * @param options.name for messages
 * @param options.prepare before each launch
 * @param options.answers without it, it is up once it is launched
 * @param options.mayRetry whether one that ended while starting is launched again
 * @param options.family processes beside the main one, paused with it
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
}: {
  name: string;
  launch: () => Promise<Child>;
  prepare?: () => Promise<void>;
  answers?: () => Promise<boolean>;
  mayRetry?: (child: Child) => boolean;
  startSeconds?: number;
  stopSignal?: NodeJS.Signals;
  family?: () => Promise<number[]>;
  afterKill?: () => Promise<void>;
  onSpawn?: () => void;
}): Unit {
  let child: Child | null = null;

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

  async function signalAll(signal: NodeJS.Signals) {
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
