import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PlacedOrder } from '@lmt/contracts';
import {
  createOrderClient,
  kafkaUnavailableReason,
  loadStock,
  poll,
  type Stack,
  startStack,
} from '@lmt/stack';
import { afterAll, beforeAll, beforeEach, expect, onTestFailed } from 'vitest';
import { CALLBACK_CONNECTIONS, type Callbacks, callbackFaults } from './callback-faults.js';
import { type Database, openDatabase } from './database.js';
import { type Answer, type Headers, send } from './http-client.js';
import { findViolations } from './invariants.js';
import { startTraceCollector, type TraceCollector } from './trace-collector.js';

/** Why Kafka cannot run here, or null. */
export const kafkaUnavailable = await kafkaUnavailableReason();
if (kafkaUnavailable && process.env.CI === 'true')
  throw new Error(`the tests need Kafka, but ${kafkaUnavailable}`);

/** How long a relay's claim lasts under the settings below. */
export const LEASE_SECONDS = 4;

/** Shorter than the defaults, in the same proportions, so that a test sees several retries. */
const SETTINGS = {
  RELAY_CRON: '*/1 * * * * *',
  RESULT_DEADLINE_SECONDS: '1',
  RETRY_BASE_SECONDS: '0.5',
  RETRY_CAP_SECONDS: '4',
  RELAY_LEASE_SECONDS: String(LEASE_SECONDS),
  // Longer than a process stalls on a busy machine.
  PUBLISH_TIMEOUT_SECONDS: '3',
};
/** The longest pause between two publications of a message under these settings. */
export const LONGEST_RETRY_SECONDS = 5;

/** With more parallel requests a slow machine would answer the last with 503. */
const MOST_PARALLEL_REQUESTS = 300;

const FIRST_INSTANCES = ['postgres', 'kafka', 'order', 'inventory', 'relay'];
const SERVICES = ['order', 'inventory', 'relay'] as const;

export interface System {
  readonly kind: 'kafka' | 'direct';
  readonly stack: Stack;
  /** The two databases, with their owners' logins. */
  readonly order: Database;
  readonly inventory: Database;
  readonly callbacks: Callbacks;
  /** The services' traces. */
  traces(): TraceCollector;
  /** Lines of the supervisor, such as how a process ended. */
  readonly reports: readonly string[];
  /** Adds a SKU that only this test uses. */
  addSku(available: number): Promise<string>;
  available(sku: string): Promise<number>;
  post(body: unknown, headers?: Headers): Promise<Answer>;
  /** Places orders in parallel, each for one item. The first attempt of each must be accepted. */
  place(count: number, sku: string, quantity?: number): Promise<PlacedOrder[]>;
  cancel(orderId: string, body?: unknown): Promise<Answer>;
  /** Places orders as a careful client does: retries with one Idempotency-Key until accepted. */
  placeUntilAccepted(count: number, sku: string): Promise<PlacedOrder[]>;
  /** Places orders, each retried until accepted, for as long as `work` runs. */
  placeDuring(sku: string, work: () => Promise<void>): Promise<PlacedOrder[]>;
  /** Waits until every order ever placed is finished, then checks every invariant. */
  expectAllFinished(): Promise<void>;
}

/**
 * Runs one system for all tests of the surrounding describe. One process of each service is ready
 * before each test. `relay-2` and `inventory-2` are down until a test starts them.
 */
export function useSystem(kind: System['kind'], { tracing = false } = {}): System {
  let folder: string;
  let stack: Stack;
  let order: Database;
  let inventory: Database;
  let client: ReturnType<typeof createOrderClient>;
  let collector: TraceCollector | null = null;
  const reports: string[] = [];
  const accepted: PlacedOrder[] = [];
  let skus = 0;

  beforeAll(async () => {
    collector = tracing ? await startTraceCollector() : null;
    folder = await mkdtemp(join(tmpdir(), 'lmt-system-'));
    stack = await startStack({
      folder,
      broker: kind,
      instances: { relay: 2, inventory: 2 },
      proxies: [...CALLBACK_CONNECTIONS, 'relay->kafka'],
      env:
        collector === null
          ? SETTINGS
          : { ...SETTINGS, OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_BSP_SCHEDULE_DELAY: '200' },
      log: (line: string) => reports.push(line),
    });
    order = openDatabase(stack.databases.order);
    inventory = openDatabase(stack.databases.inventory);
    client = createOrderClient({ orderUrl: stack.urls.order });
  });

  afterAll(async () => {
    await Promise.all([order?.close(), inventory?.close(), client?.close()]);
    await stack?.stop();
    collector?.close();
    await rm(folder, { recursive: true, force: true });
  });

  beforeEach(async () => {
    onTestFailed(() => console.error(lastLines()));
    await restore();
  });

  function lastLines(): string {
    const sections = stack.names.map((name) => `--- ${name}\n${stack.lines(name).slice(-15).join('\n')}`);
    return [...sections, '--- supervisor', ...reports.slice(-15)].join('\n');
  }

  /** Repairs the system, even after a test that failed half-way. */
  async function restore(): Promise<void> {
    stack.proxies.heal();
    for (const { name, phase } of await stack.status()) {
      if (phase === 'paused') await stack.resume(name);
      if (!FIRST_INSTANCES.includes(name)) await stack.stop(name);
    }
    for (const name of FIRST_INSTANCES) if (stack.names.includes(name)) await stack.start(name);
    await Promise.all(SERVICES.map((name) => stack.ready(name)));
  }

  const post = (body: unknown, headers: Headers = {}) =>
    send('POST', `${stack.urls.order}/orders`, JSON.stringify(body), headers);

  const toRequest = (sku: string, quantity = 1) => ({
    customerId: 'customer-1',
    items: [{ sku, quantity }],
  });

  function accept(placed: PlacedOrder): PlacedOrder {
    accepted.push(placed);
    return placed;
  }

  async function placeOne(sku: string, quantity: number): Promise<PlacedOrder> {
    const { status, text } = await post(toRequest(sku, quantity));
    expect(status, text).toBe(201);
    return accept(JSON.parse(text));
  }

  const placeUntilAccepted = (count: number, sku: string) =>
    Promise.all(
      Array.from({ length: count }, async () =>
        accept(await client.placeOrder(toRequest(sku), { signal: AbortSignal.timeout(60_000) })),
      ),
    );

  /** Counts unfinished messages by status, order status, attempts, failures and lease. */
  async function unfinished(): Promise<string[]> {
    const rows = await order.query<{ state: string }>(
      `SELECT concat(count(*), ' ', m.status, ', order ', o.status, ', attempts ', m.attempts,
         ', failures ', m.failures, CASE WHEN m.available_at <= now() THEN ', due' ELSE ', waits' END,
         CASE WHEN m.leased_until > now() THEN ', leased' END) AS state
       FROM orders o LEFT JOIN outbox_messages m ON m.key = o.id::text
       WHERE o.status IN ('PENDING', 'CANCELLING') OR coalesce(m.status, '') NOT IN ('COMPLETED', 'DISCARDED')
       GROUP BY m.status, o.status, m.attempts, m.failures, m.available_at <= now(), m.leased_until > now()`,
    );
    return rows.map(({ state }) => state);
  }

  return {
    kind,
    get stack() {
      return stack;
    },
    get order() {
      return order;
    },
    get inventory() {
      return inventory;
    },
    callbacks: callbackFaults(() => stack.proxies),
    traces() {
      if (collector === null) throw new Error('this system does not trace');
      return collector;
    },
    reports,
    async addSku(available) {
      skus += 1;
      const sku = `SKU-${skus}`;
      await loadStock(stack, { [sku]: available });
      return sku;
    },
    available: (sku) => inventory.value('SELECT available FROM stock_items WHERE sku = $1', [sku]),
    post,
    async place(count, sku, quantity = 1) {
      const orders: PlacedOrder[] = [];
      let started = 0;
      const placeInTurn = async () => {
        while (started < count) {
          started += 1;
          orders.push(await placeOne(sku, quantity));
        }
      };
      await Promise.all(Array.from({ length: Math.min(count, MOST_PARALLEL_REQUESTS) }, placeInTurn));
      return orders;
    },
    cancel: (orderId, body) =>
      send(
        'POST',
        `${stack.urls.order}/orders/${orderId}/cancel`,
        body === undefined ? undefined : JSON.stringify(body),
      ),
    placeUntilAccepted,
    async placeDuring(sku, work) {
      let done = false;
      const finished = work().finally(() => {
        done = true;
      });
      const orders: PlacedOrder[] = [];
      while (!done) orders.push(...(await placeUntilAccepted(20, sku)));
      await finished;
      return orders;
    },
    async expectAllFinished() {
      let rest: string[] = [];
      await poll(
        'every order is finished',
        async () => {
          rest = await unfinished();
          return rest.length === 0;
        },
        { seconds: 90, everyMs: 100 },
      ).catch(() => {
        const found = rest.length > 0 ? rest : ['the database did not respond'];
        throw new Error(`unfinished after 90 s:\n${found.join('\n')}\n${lastLines()}`);
      });
      expect(await findViolations(stack, order, accepted)).toEqual([]);
    },
  };
}
