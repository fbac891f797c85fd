// Injects the planned faults into a running stack, and repairs the stack afterwards.
import { setTimeout as pause } from 'node:timers/promises';
import type { Fault, Stack } from '@lmt/stack';
import type { Pool } from 'pg';
import { type Clients, hotSkus } from './clients.js';
import {
  alterType,
  type Duration,
  lockOrders,
  lockStock,
  makeReadOnly,
  refuseLogin,
} from './database-faults.js';
import { pipelineRequests } from './pipeline-requests.js';
import { describeFault, type PlannedFault } from './schedule.js';
import { poisonRecords, repeatRecords, writeForeignRecords } from './topic-faults.js';

export interface Scene {
  readonly stack: Stack;
  /** The order database. */
  readonly database: Pool;
  readonly clients: Clients;
  readonly log: (line: string) => void;
  readonly signal: AbortSignal;
}

const LAST_ORDERS = 5;
const CLOCK_SHIFT_MS = 2 * 3_600_000;
const clockPreload = `--import ${import.meta.resolve('@lmt/stack/clock-preload')}`;

const linkFaults = {
  cut: { kind: 'cut' },
  delay: { kind: 'delay', ms: 300, jitterMs: 250 },
  stall: { kind: 'stall' },
  'cut-replies': { kind: 'cut-replies' },
} as const satisfies Record<string, Fault>;

/** Freezes the relays while orders arrive, so that broken copies overtake their messages. */
async function poison({ stack, clients }: Scene, duration: Duration) {
  const relays = Object.keys(stack.pids).filter((name) => name.startsWith('relay'));
  await Promise.all(relays.map((name) => stack.pause(name)));
  try {
    await duration();
    await poisonRecords(stack, clients.accepted.slice(-LAST_ORDERS));
  } finally {
    await Promise.all(relays.map((name) => stack.resume(name)));
  }
}

/** Restarts a process with a fail-point armed, and kills it if it never reaches the fail-point. */
async function killAtFailPoint({ stack }: Scene, { target, failPoint }: PlannedFault, duration: Duration) {
  await stack.stop(target);
  stack.setEnv(target, { FAIL_POINTS: failPoint });
  await stack.start(target);
  const { [target]: armed } = stack.pids;
  // Applies to the next start, after the process has killed itself.
  stack.setEnv(target, { FAIL_POINTS: undefined });
  await duration();
  if (stack.pids[target] === armed) await stack.kill(target);
  await stack.start(target);
}

/** Runs a process with a clock that is two hours ahead. */
async function shiftClock({ stack }: Scene, target: string, duration: Duration) {
  await stack.stop(target);
  stack.setEnv(target, { NODE_OPTIONS: clockPreload, TEST_CLOCK_SHIFT_MS: String(CLOCK_SHIFT_MS) });
  await stack.start(target);
  stack.setEnv(target, { NODE_OPTIONS: undefined, TEST_CLOCK_SHIFT_MS: undefined });
  await duration();
  await stack.stop(target);
  await stack.start(target);
}

/** Injects a fault and resolves when the target is repaired. A service may not be ready by then. */
async function inject(scene: Scene, fault: PlannedFault, duration: Duration) {
  const { stack, clients } = scene;
  const { kind, target } = fault;
  const lastOrders = clients.accepted.slice(-LAST_ORDERS).map(({ id }) => id);
  switch (kind) {
    case 'kill':
    case 'leaderless':
    case 'restart':
    case 'wipe':
      await { kill: stack.kill, leaderless: stack.kill, restart: stack.stop, wipe: stack.wipeKafka }[kind](
        target,
      );
      await duration();
      return stack.start(target);
    case 'freeze':
      if (!(await stack.pause(target))) throw new Error(`${target} is not up`);
      await duration();
      return stack.resume(target);
    case 'fail-point':
      return killAtFailPoint(scene, fault, duration);
    case 'repeat':
      return repeatRecords(stack);
    case 'poison':
      return poison(scene, duration);
    case 'foreign':
      return writeForeignRecords(stack, fault.codec ?? 'gzip', duration);
    case 'lock':
      return lockOrders(stack, lastOrders, duration);
    case 'lock-stock':
      return lockStock(stack, hotSkus.slice(0, 1), lastOrders, duration);
    case 'alter-type':
      return alterType(stack, duration);
    case 'read-only':
      return makeReadOnly(stack, target.startsWith('order') ? 'order' : 'inventory', duration);
    case 'refused-login':
      return refuseLogin(stack, target, duration);
    case 'pipeline':
      return pipelineRequests(stack.proxies.get(target).port, duration);
    case 'wrong-clock':
      return shiftClock(scene, target, duration);
    default:
      stack.proxies.get(target).inject(linkFaults[kind]);
      await duration();
      return stack.proxies.get(target).inject({ kind: 'pass' });
  }
}

/**
 * Injects each fault at its time and resolves when the last one has ended. `endedAt` is in epoch
 * milliseconds, on the clock that the database uses too. `notInjected` has a line for each failed
 * injection.
 */
export async function injectAll(scene: Scene, planned: readonly PlannedFault[]) {
  const { log, signal } = scene;
  const ended: { readonly kind: string; readonly endedAt: number }[] = [];
  const notInjected: string[] = [];
  const start = performance.now();
  const wait = (ms: number) => pause(ms, undefined, { signal });
  /** On a slow machine a fault may end late. The next fault of the same target waits for it. */
  const queues = new Map<string, Promise<void>>();

  async function run(fault: PlannedFault) {
    signal.throwIfAborted();
    log(describeFault(fault));
    try {
      await inject(scene, fault, () => wait(fault.lasts * 1_000));
      ended.push({ kind: fault.kind, endedAt: Date.now() });
    } catch (error) {
      const [reason] = String(error instanceof Error ? error.message : error).split('\n');
      notInjected.push(`${describeFault(fault).trim()}: ${reason}`);
    }
  }

  for (const fault of planned) {
    await wait(Math.max(0, start + fault.at * 1_000 - performance.now()));
    const queue = (queues.get(fault.target) ?? Promise.resolve()).then(() => run(fault));
    queue.catch(() => {});
    queues.set(fault.target, queue);
  }
  await Promise.all(queues.values());
  return { ended, notInjected };
}

/** Ends all remaining faults and resolves when all processes are ready. */
export async function healAll(stack: Stack, seconds: number): Promise<void> {
  stack.proxies.heal();
  for (const { name, phase } of await stack.status()) if (phase === 'paused') await stack.resume(name);
  for (const name of stack.names) await stack.start(name);
  await Promise.all(stack.names.map((name) => stack.ready(name, { seconds })));
}
