// Carries out the planned faults on a running stack.

import { setTimeout as pause } from 'node:timers/promises';
import type { Fault, Stack } from '@lmt/stack';
import type { Pool } from 'pg';
import type { AcceptedOrder } from './load.js';
import { poisonRecords } from './poison-records.js';
import { repeatRecords } from './repeat-records.js';
import type { FaultKind, PlannedFault } from './schedule.js';

const linkFaults: Readonly<Partial<Record<FaultKind, Fault>>> = {
  cut: { kind: 'cut' },
  delay: { kind: 'delay', ms: 300, jitterMs: 250 },
  stall: { kind: 'stall' },
  'cut-replies': { kind: 'cut-replies' },
};

const lastOrders = 5;

export type Scene = { stack: Stack; order: Pool; accepted: readonly AcceptedOrder[] };

/** Holds the rows of orders as a transaction does that somebody has forgotten. */
async function whileLocked(
  order: Pool,
  orders: readonly { id: string }[],
  meanwhile: () => Promise<unknown>,
) {
  const client = await order.connect();
  // Postgres may be killed under it, which ends the lock too.
  client.on('error', () => {});
  try {
    await client.query('BEGIN');
    await client.query('SELECT FROM orders WHERE id = ANY($1::uuid[]) FOR UPDATE', [
      orders.map(({ id }) => id),
    ]);
    await meanwhile();
  } finally {
    client.release(true);
  }
}

/**
 * Broken copies come before the good ones: the relays stand still until they are there.
 *
 * @param wait for orders to come in
 */
async function poison({ stack, accepted }: Scene, wait: () => Promise<unknown>) {
  const { bootstrap } = stack.broker;
  if (!bootstrap) return;
  const relays = Object.keys(stack.pids).filter((name) => name.startsWith('relay'));
  await Promise.all(relays.map((name) => stack.pause(name)));
  try {
    await wait();
    await poisonRecords(bootstrap, accepted.slice(-lastOrders));
  } finally {
    await Promise.all(relays.map((name) => stack.resume(name)));
  }
}

/**
 * Begins and ends a fault. Resolves when its target works again, or could: a service is launched, not
 * yet ready.
 */
async function carryOut(
  { stack, order, accepted }: Scene,
  { kind, target, lasts, detail }: PlannedFault,
  wait: (ms: number) => Promise<unknown>,
) {
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
    case 'fail-point': {
      await stack.stop(target);
      stack.setEnv(target, { FAIL_POINTS: detail });
      await stack.start(target);
      const { [target]: armed } = stack.pids;
      // For the next launch, which the supervisor does when it has killed itself.
      stack.setEnv(target, { FAIL_POINTS: undefined });
      await duration();
      if (stack.pids[target] === armed) await stack.kill(target);
      return stack.start(target);
    }
    case 'wipe':
      await stack.wipeKafka();
      await duration();
      return stack.start(target);
    case 'repeat':
      if (stack.broker.bootstrap) await repeatRecords(stack.broker.bootstrap);
      return;
    case 'poison':
      return poison({ stack, order, accepted }, duration);
    case 'lock':
      return whileLocked(order, accepted.slice(-lastOrders), duration);
    default: {
      const fault = linkFaults[kind];
      if (!fault) throw new Error(`no such fault: ${kind}`);
      stack.links.inject(target, fault);
      await duration();
      stack.links.inject(target, { kind: 'pass' });
    }
  }
}

/**
 * Resolves when the last fault is over.
 *
 * @param options.onEnd with why it could not be carried out
 */
export async function carryOutAll({
  scene,
  planned,
  onBegin,
  onEnd,
  signal,
}: {
  scene: Scene;
  planned: readonly PlannedFault[];
  onBegin: (fault: PlannedFault) => void;
  onEnd: (fault: PlannedFault, failure: Error | null) => void;
  signal: AbortSignal;
}) {
  const start = performance.now();
  const wait = (ms: number) => pause(ms, undefined, { signal });
  /** A slow machine may be late: a target's faults come one after the other. */
  const queues: Map<string, Promise<void>> = new Map();

  async function run(fault: PlannedFault) {
    signal.throwIfAborted();
    onBegin(fault);
    let failure: Error | null = null;
    await carryOut(scene, fault, wait).catch((error) => {
      failure = error;
    });
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

/** Whatever was left broken works again; resolves when all are ready. */
export async function healAll(stack: Stack, seconds: number) {
  stack.links.heal();
  for (const { name, phase } of await stack.status()) if (phase === 'paused') await stack.resume(name);
  for (const name of ['postgres', 'kafka', ...stack.names]) {
    if (stack.names.includes(name)) await stack.start(name);
  }
  await Promise.all(stack.names.map((name) => stack.ready(name, { seconds })));
}
