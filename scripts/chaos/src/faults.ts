// Injects the planned faults into a running stack, and repairs it afterwards.
import { setTimeout as pause } from 'node:timers/promises';
import type { Fault, Stack } from '@lmt/stack';
import type { Pool } from 'pg';
import type { AcceptedOrder } from './clients.js';
import type { PlannedFault } from './schedule.js';
import { poisonRecords, repeatRecords } from './topic-faults.js';

export interface Scene {
  readonly stack: Stack;
  readonly database: Pool;
  /** Grows while the clients place orders. */
  readonly accepted: readonly AcceptedOrder[];
}

type Wait = (ms: number) => Promise<unknown>;

const LAST_ORDERS = 5;

const linkFaults = {
  cut: { kind: 'cut' },
  delay: { kind: 'delay', ms: 300, jitterMs: 250 },
  stall: { kind: 'stall' },
  'cut-replies': { kind: 'cut-replies' },
} as const satisfies Record<string, Fault>;

/** Holds the rows of the last orders locked, as a forgotten transaction does. */
async function lockRows({ database, accepted }: Scene, duration: () => Promise<unknown>) {
  const client = await database.connect();
  // A fault may kill Postgres meanwhile, which releases the locks too.
  client.on('error', () => {});
  try {
    await client.query('BEGIN');
    await client.query('SELECT FROM orders WHERE id = ANY($1::uuid[]) FOR UPDATE', [
      accepted.slice(-LAST_ORDERS).map(({ id }) => id),
    ]);
    await duration();
  } finally {
    client.release(true);
  }
}

/** Freezes the relays while orders arrive, so that the broken copies reach the topic before their messages. */
async function poison({ stack, accepted }: Scene, duration: () => Promise<unknown>) {
  const { bootstrap } = stack.broker;
  if (!bootstrap) return;
  const relays = Object.keys(stack.pids).filter((name) => name.startsWith('relay'));
  await Promise.all(relays.map((name) => stack.pause(name)));
  try {
    await duration();
    await poisonRecords(bootstrap, accepted.slice(-LAST_ORDERS));
  } finally {
    await Promise.all(relays.map((name) => stack.resume(name)));
  }
}

/** The process kills itself when it reaches the fail-point. One that never reaches it is killed. */
async function killAtFailPoint(
  stack: Stack,
  target: string,
  failPoint: string | undefined,
  duration: () => Promise<unknown>,
) {
  await stack.stop(target);
  stack.setEnv(target, { FAIL_POINTS: failPoint });
  await stack.start(target);
  const { [target]: armed } = stack.pids;
  // Applies to the next start, which follows when the process has killed itself.
  stack.setEnv(target, { FAIL_POINTS: undefined });
  await duration();
  if (stack.pids[target] === armed) await stack.kill(target);
  await stack.start(target);
}

/** Resolves when the target is repaired. A service is then started, but not yet ready. */
async function inject(scene: Scene, { kind, target, lasts, failPoint }: PlannedFault, wait: Wait) {
  const { stack } = scene;
  const duration = () => wait(lasts * 1_000);
  switch (kind) {
    case 'kill':
      await stack.kill(target);
      await duration();
      return stack.start(target);
    case 'freeze':
      if (!(target in stack.pids)) throw new Error(`${target} is just being restarted`);
      await stack.pause(target);
      await duration();
      return stack.resume(target);
    case 'restart':
      await stack.stop(target);
      await duration();
      return stack.start(target);
    case 'fail-point':
      return killAtFailPoint(stack, target, failPoint, duration);
    case 'wipe':
      await stack.wipeKafka();
      await duration();
      return stack.start(target);
    case 'repeat':
      if (stack.broker.bootstrap) await repeatRecords(stack.broker.bootstrap);
      return;
    case 'poison':
      return poison(scene, duration);
    case 'lock':
      return lockRows(scene, duration);
    default:
      stack.proxies.inject(target, linkFaults[kind]);
      await duration();
      stack.proxies.inject(target, { kind: 'pass' });
  }
}

/** Resolves when the last fault has ended. `onEnd` receives the error of a fault that failed to happen. */
export async function injectAll({
  scene,
  planned,
  onBegin,
  onEnd,
  signal,
}: {
  readonly scene: Scene;
  readonly planned: readonly PlannedFault[];
  readonly onBegin: (fault: PlannedFault) => void;
  readonly onEnd: (fault: PlannedFault, failure: Error | null) => void;
  readonly signal: AbortSignal;
}): Promise<void> {
  const start = performance.now();
  const wait = (ms: number) => pause(ms, undefined, { signal });
  /** On a slow machine a fault may end late. The next one of its target waits for it. */
  const queues = new Map<string, Promise<void>>();

  async function run(fault: PlannedFault) {
    signal.throwIfAborted();
    onBegin(fault);
    const failure = await inject(scene, fault, wait).then(
      () => null,
      (error: Error) => error,
    );
    onEnd(fault, failure);
  }

  for (const fault of planned) {
    await wait(Math.max(0, start + fault.at * 1_000 - performance.now()));
    const queue = (queues.get(fault.target) ?? Promise.resolve()).then(() => run(fault));
    queue.catch(() => {});
    queues.set(fault.target, queue);
  }
  await Promise.all(queues.values());
}

/** Ends every fault that is left and resolves when all processes are ready. */
export async function healAll(stack: Stack, seconds: number): Promise<void> {
  stack.proxies.heal();
  for (const { name, phase } of await stack.status()) if (phase === 'paused') await stack.resume(name);
  for (const name of stack.names) await stack.start(name);
  await Promise.all(stack.names.map((name) => stack.ready(name, { seconds })));
}
