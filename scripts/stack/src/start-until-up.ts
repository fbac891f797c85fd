import { poll } from './poll.js';
import { portProblem } from './ports.js';
import { type Child, stopProcess } from './start-process.js';

// Java starts slowly on a busy machine.
const START_SECONDS = 90;

/** A process of a stack, whatever program it runs. It can be started again on the same data. */
export interface ProcessDefinition {
  readonly name: string;
  readonly launch: (onLine: (line: string) => void) => Promise<Child>;
  /** Runs before each start. */
  readonly prepare?: () => Promise<void>;
  /** The ports on which the process listens. They must be free before each launch. */
  readonly ports?: readonly number[];
  /** Whether the process is up. Without it, a launched process counts as up. */
  readonly isUp?: () => Promise<boolean>;
  /** Whether a process that is up does its work. Without it, a process that is up is ready. */
  readonly isReady?: () => Promise<boolean>;
  /** Whether a process that ended while starting is launched again. */
  readonly mayRetry?: (child: Child) => boolean;
  readonly stopSignal?: NodeJS.Signals;
  /** Finds the other processes to pause and resume together with this one. */
  readonly relatedPids?: (pid: number) => Promise<readonly number[]>;
  readonly afterKill?: () => Promise<void>;
}

/** Resolves when the process that `launch` started is up. */
export async function startUntilUp(
  { name, prepare, ports = [], isUp, mayRetry }: ProcessDefinition,
  launch: () => Promise<Child>,
): Promise<void> {
  await prepare?.();
  for (const port of ports) {
    const problem = await portProblem(port);
    if (problem) throw new Error(`${name} can't listen on port ${port}: ${problem}`);
  }
  let child = await launch();
  const checkUp = async () => {
    if (!child.running) {
      if (!mayRetry?.(child)) throw new Error(`${name} ended while starting\n${child.lastLines.join('\n')}`);
      child = await launch();
    }
    return isUp ? isUp() : true;
  };
  await poll(`start of ${name}`, checkUp, { seconds: START_SECONDS }).catch(async (error) => {
    await stopProcess(child, { signal: 'SIGKILL' });
    throw error;
  });
}
