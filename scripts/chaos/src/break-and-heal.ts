// The two phases of a run: faults under load, then repair until everything is finished.
import { setMaxListeners } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { poll } from '@lmt/stack';
import type { Clients } from './clients.js';
import { healAll, injectAll, type Scene } from './faults.js';
import { type EndedFault, findUnfinished } from './outcome.js';
import { describeFault, type PlannedFault } from './schedule.js';

const READY_SECONDS = 60;
const CONVERGE_SECONDS = 60;
const REQUEUE_EVERY_MS = 3_000;

export interface Course {
  readonly ended: readonly EndedFault[];
  /** One line per fault that could not be injected. */
  readonly failedFaults: readonly string[];
  /** Expected steps of the run that failed. */
  readonly failures: readonly string[];
  readonly unfinished: readonly string[];
  readonly convergedInMs: number;
}

export async function breakAndHeal({
  scene,
  clients,
  planned,
  seconds,
  signal,
  log,
}: {
  readonly scene: Scene;
  readonly clients: Clients;
  readonly planned: readonly PlannedFault[];
  readonly seconds: number;
  readonly signal: AbortSignal;
  readonly log: (line: string) => void;
}): Promise<Course> {
  const over = new AbortController();
  const impatient = new AbortController();
  const patience = AbortSignal.any([signal, impatient.signal]);
  // Each fault and each request in flight listens to one of them.
  setMaxListeners(0, signal, patience);
  const ended: EndedFault[] = [];
  const failedFaults: string[] = [];
  const failures: string[] = [];
  const addFailure = (description: string) => (error: Error) => {
    signal.throwIfAborted();
    failures.push(`${description}: ${error.message}`);
  };

  const loading = clients
    .run(AbortSignal.any([signal, over.signal]), patience)
    .catch(addFailure('a client received no final answer'));
  const requeueing = setInterval(() => void clients.requeueDead(), REQUEUE_EVERY_MS);
  try {
    await Promise.all([
      injectAll({
        scene,
        planned,
        onBegin: (fault) => log(describeFault(fault)),
        onEnd(fault, failure) {
          if (failure === null) ended.push({ kind: fault.kind, endedAt: Date.now() });
          else failedFaults.push(`${describeFault(fault).trim()}: ${failure.message.split('\n')[0]}`);
        },
        signal,
      }),
      pause(seconds * 1_000, undefined, { signal }),
    ]);
    over.abort();
    log('        healing');
    await healAll(scene.stack, READY_SECONDS).catch(addFailure('not every process is ready again'));
    const healedAt = performance.now();
    const deadline = setTimeout(() => impatient.abort(), CONVERGE_SECONDS * 1_000);
    await loading;
    // So that an order follows each fault.
    await clients.placeOne(patience).catch(addFailure('the order service accepts no order'));
    clearTimeout(deadline);
    let unfinished: string[] = [];
    const isFinished = async () => {
      signal.throwIfAborted();
      unfinished = await findUnfinished(scene.database).catch((error) => [
        `the database does not answer: ${error.message}`,
      ]);
      return unfinished.length === 0;
    };
    await poll('everything is finished', isFinished, { seconds: CONVERGE_SECONDS, everyMs: 200 }).catch(
      addFailure('not converged'),
    );
    return { ended, failedFaults, failures, unfinished, convergedInMs: performance.now() - healedAt };
  } finally {
    clearInterval(requeueing);
    over.abort();
  }
}
