// The two phases of a run: faults under load, then recovery until everything is finished.
import { setMaxListeners } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { poll } from '@lmt/stack';
import { holdSnapshots } from './database-faults.js';
import { healAll, injectAll, type Scene } from './faults.js';
import { findUnfinished } from './outcome.js';
import type { PlannedFault } from './schedule.js';

const READY_SECONDS = 60;
const CONVERGE_SECONDS = 60;
const REQUEUE_EVERY_MS = 3_000;

export type Outcome = Awaited<ReturnType<typeof breakAndHeal>>;

export async function breakAndHeal(scene: Scene, planned: readonly PlannedFault[], seconds: number) {
  const { stack, database, clients, log, signal } = scene;
  const over = new AbortController();
  const impatient = new AbortController();
  const patience = AbortSignal.any([signal, impatient.signal]);
  // Each fault and each request in flight adds a listener to one of these signals.
  setMaxListeners(0, signal, patience);
  const failures: string[] = [];
  const addFailure = (description: string) => (error: Error) => {
    failures.push(`${description}: ${error.message}`);
  };

  const loading = clients
    .run(AbortSignal.any([signal, over.signal]), patience)
    .catch(addFailure('a client received no final answer'));
  const requeueing = setInterval(() => void clients.requeueDead(), REQUEUE_EVERY_MS);
  try {
    const duration = pause(seconds * 1_000, undefined, { signal });
    const snapshots = (['order', 'inventory'] as const).map((database) =>
      holdSnapshots(stack, database, duration),
    );
    const [faults] = await Promise.all([injectAll(scene, planned), duration, ...snapshots]);
    over.abort();
    log('        healing');
    await healAll(stack, READY_SECONDS).catch(addFailure('not every process is ready again'));
    signal.throwIfAborted();
    const healedAt = performance.now();
    const deadline = setTimeout(() => impatient.abort(), CONVERGE_SECONDS * 1_000);
    await loading;
    // This order is placed after every fault has ended.
    await clients.placeOne(patience).catch(addFailure('the order service accepts no order'));
    clearTimeout(deadline);
    const isFinished = async () => {
      signal.throwIfAborted();
      return (await findUnfinished(database).catch(() => null))?.length === 0;
    };
    await poll('everything is finished', isFinished, { seconds: CONVERGE_SECONDS, everyMs: 200 }).catch(
      addFailure('not converged'),
    );
    signal.throwIfAborted();
    const convergedInMs = performance.now() - healedAt;
    return { ...faults, convergedInMs, problems: [...failures, ...(await findUnfinished(database))] };
  } finally {
    clearInterval(requeueing);
    over.abort();
  }
}
