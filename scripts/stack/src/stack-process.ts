// One process of a stack, whatever it runs: how it is started, stopped, killed and paused.
import { poll } from './poll.js';
import { type Child, type Exit, stopProcess } from './start-process.js';

export interface StackProcess {
  /** Null while it is down. */
  readonly pid: number | null;
  readonly running: boolean;
  /** Of the process that was started last. */
  readonly exited: Promise<Exit>;
  /** Can be repeated, on the same data. Rejects when the process does not come up. */
  start(onSpawn?: () => void): Promise<void>;
  /** Stops the process in order, with SIGKILL at the deadline. */
  stop(): Promise<void>;
  /** SIGKILL. A start in progress rejects. */
  kill(): Promise<void>;
  /** SIGSTOP: alive but not responding. */
  pause(): Promise<void>;
  /** SIGCONT. */
  resume(): Promise<void>;
}

export interface StackProcessOptions {
  /** For error messages. */
  readonly name: string;
  readonly launch: () => Promise<Child>;
  /** Runs before each launch. */
  readonly prepare?: () => Promise<void>;
  /** Whether the process is up. Without it, a launched process counts as up. */
  readonly isUp?: () => Promise<boolean>;
  /** Whether a process that ended while starting is launched again. */
  readonly mayRetry?: (child: Child) => boolean;
  readonly startSeconds?: number;
  readonly stopSignal?: NodeJS.Signals;
  /** Processes beside the main one that are paused with it. */
  readonly relatedPids?: () => Promise<readonly number[]>;
  readonly afterKill?: () => Promise<void>;
}

export function createStackProcess({
  name,
  launch,
  prepare = async () => {},
  isUp = async () => true,
  mayRetry = () => false,
  startSeconds = 30,
  stopSignal = 'SIGTERM',
  relatedPids = async () => [],
  afterKill = async () => {},
}: StackProcessOptions): StackProcess {
  let child: Child | null = null;

  async function start(onSpawn = () => {}) {
    if (child?.running) return;
    const spawn = async () => {
      child = await launch();
      onSpawn();
      return child;
    };
    await prepare();
    let starting = await spawn();
    const checkUp = async () => {
      if (!starting.running) {
        if (!mayRetry(starting)) {
          throw new Error(`${name} ended while starting\n${starting.lastLines.join('\n')}`);
        }
        starting = await spawn();
      }
      return isUp();
    };
    await poll(`start of ${name}`, checkUp, { seconds: startSeconds }).catch(async (error) => {
      await stopProcess(starting, { signal: 'SIGKILL' });
      throw error;
    });
  }

  async function signalAll(signal: NodeJS.Signals) {
    child?.signal(signal);
    for (const pid of await relatedPids()) sendSignal(pid, signal);
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
      // A paused process would not receive the signal.
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

/** Does nothing when the process has ended. */
export function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has just ended.
  }
}
