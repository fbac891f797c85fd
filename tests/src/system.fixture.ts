import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PlacedOrder } from '@lmt/contracts';
import { kafkaUnavailableReason, poll, type Stack, startStack } from '@lmt/stack';
import { afterAll, beforeAll, beforeEach, expect, onTestFailed } from 'vitest';
import { CALLBACK_LINKS, type Callbacks, callbackFaults } from './callback-faults.js';
import { type Database, openDatabase } from './database.js';
import { type Answer, type Headers, send } from './http-client.js';
import { violatedInvariants } from './invariants.js';

export type BrokerKind = 'kafka' | 'direct';

/** Why there is no Kafka here, or null. */
export const withoutKafka = await kafkaUnavailableReason();
if (withoutKafka && process.env.CI === 'true') throw new Error(`the tests need Kafka, but ${withoutKafka}`);

/** For how long a claim of a relay lasts under the settings below. */
export const LEASE_SECONDS = 5;

/** Short enough for tests to watch several retries; the proportions are those of the defaults. */
const SETTINGS = {
  RELAY_CRON: '*/1 * * * * *',
  RESULT_DEADLINE_SECONDS: '1',
  RETRY_BASE_SECONDS: '0.5',
  RETRY_CAP_SECONDS: '4',
  RELAY_LEASE_SECONDS: String(LEASE_SECONDS),
  // Longer than what a busy machine stands still for.
  PUBLISH_TIMEOUT_SECONDS: '4',
};
/** The longest pause between two publications of a message under these settings. */
export const LONGEST_RETRY_SECONDS = 5;

/** More of them, and the last would wait too long for its answer on a slow machine: 503. */
const MOST_AT_ONCE = 300;

const FIRST_INSTANCES = ['postgres', 'kafka', 'order', 'inventory', 'relay'];
const SERVICES = ['order', 'inventory', 'relay'] as const;

export interface System {
  readonly kind: BrokerKind;
  readonly stack: Stack;
  /** Owners of the two databases. */
  readonly order: Database;
  readonly inventory: Database;
  readonly callbacks: Callbacks;
  /** What the supervisor reported so far, such as how a process ended. */
  readonly reports: readonly string[];
  /** A sku of its own for a test, with so much of it in stock. */
  newSku(available: number): Promise<string>;
  available(sku: string): Promise<number>;
  post(body: unknown, headers?: Headers): Promise<Answer>;
  /** Places orders of one piece each, up to 300 at once; every one of them must be accepted. */
  place(count: number, sku: string, quantity?: number): Promise<PlacedOrder[]>;
  /** Asks to cancel an order. */
  cancel(orderId: string, body?: unknown): Promise<Answer>;
  /** As a careful client does it: with a key, again and again until it is accepted. */
  placeStubbornly(count: number, sku: string): Promise<PlacedOrder[]>;
  /** Goes on placing orders, as the careful client does, until the work is done. */
  underLoad(sku: string, work: () => Promise<void>): Promise<PlacedOrder[]>;
  countByStatus(orders: readonly PlacedOrder[]): Promise<Record<string, number>>;
  /** Waits until everything that was ever placed is finished, then checks every invariant. */
  everythingFinishes(options?: { seconds?: number }): Promise<void>;
}

/**
 * A running system for all tests of the surrounding describe: one of each service, all of it up and
 * ready before each test. `relay-2` and `inventory-2` are down until a test starts them.
 */
export function useSystem(kind: BrokerKind): System {
  let folder: string;
  let stack: Stack;
  let order: Database;
  let inventory: Database;
  const reports: string[] = [];
  const accepted: PlacedOrder[] = [];
  let skus = 0;
  let keys = 0;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lmt-system-'));
    stack = await startStack({
      folder,
      broker: kind,
      instances: { relay: 2, inventory: 2 },
      proxies: [...CALLBACK_LINKS, 'relay->kafka'],
      env: SETTINGS,
      log: (line: string) => reports.push(line),
    });
    order = openDatabase(stack.databases.order);
    inventory = openDatabase(stack.databases.inventory);
  });

  afterAll(async () => {
    await Promise.all([order?.close(), inventory?.close()]);
    await stack?.stop();
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

  /** Also after a test that failed half-way. */
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

  function accept(answer: Answer): PlacedOrder {
    accepted.push(answer.json);
    return answer.json;
  }

  async function placeOne(sku: string, quantity: number): Promise<PlacedOrder> {
    const answer = await post({ customerId: 'customer-1', items: [{ sku, quantity }] });
    expect(answer.status, answer.text).toBe(201);
    return accept(answer);
  }

  async function placeOneStubbornly(sku: string): Promise<PlacedOrder> {
    const body = { customerId: 'customer-1', items: [{ sku, quantity: 1 }] };
    keys += 1;
    const key = `key-${keys}`;
    return poll(
      'a stubborn order',
      async () => {
        const answer = await post(body, { 'idempotency-key': key }).catch(() => null);
        return answer?.status === 201 ? accept(answer) : null;
      },
      { seconds: 60, everyMs: 200 },
    );
  }

  const placeStubbornly = (count: number, sku: string) =>
    Promise.all(Array.from({ length: count }, () => placeOneStubbornly(sku)));

  /** What is unfinished, and what it is waiting for. */
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
    reports,
    async newSku(available) {
      skus += 1;
      const sku = `SKU-${skus}`;
      const answer = await send(
        'POST',
        `${stack.urls.inventoryInternal}/stock/${sku}/adjustments`,
        JSON.stringify({ delta: available, reason: 'delivery' }),
        { authorization: `Bearer ${stack.adminToken}` },
      );
      expect(answer.status, answer.text).toBe(200);
      return sku;
    },
    available: (sku) => inventory.value('SELECT available FROM stock_items WHERE sku = $1', [sku]),
    post,
    async place(count, sku, quantity = 1) {
      const orders: PlacedOrder[] = [];
      let started = 0;
      const client = async () => {
        while (started < count) {
          started += 1;
          orders.push(await placeOne(sku, quantity));
        }
      };
      await Promise.all(Array.from({ length: Math.min(count, MOST_AT_ONCE) }, client));
      return orders;
    },
    cancel: (orderId, body) =>
      send(
        'POST',
        `${stack.urls.order}/orders/${orderId}/cancel`,
        body === undefined ? undefined : JSON.stringify(body),
      ),
    placeStubbornly,
    async underLoad(sku, work) {
      let done = false;
      const finished = work().finally(() => {
        done = true;
      });
      const orders: PlacedOrder[] = [];
      while (!done) orders.push(...(await placeStubbornly(20, sku)));
      await finished;
      return orders;
    },
    async countByStatus(orders) {
      const rows = await order.query<{ status: string; count: number }>(
        'SELECT status, count(*)::int AS count FROM orders WHERE id = ANY($1) GROUP BY status',
        [orders.map(({ id }) => id)],
      );
      return Object.fromEntries(rows.map(({ status, count }) => [status, count]));
    },
    async everythingFinishes({ seconds = 90 } = {}) {
      let rest: string[] = [];
      await poll(
        'everything finishes',
        async () => {
          rest = await unfinished();
          return rest.length === 0;
        },
        { seconds, everyMs: 100 },
      ).catch(() => {
        const found = rest.length > 0 ? rest : ['the database did not answer'];
        throw new Error(`unfinished after ${seconds} s:\n${found.join('\n')}\n${lastLines()}`);
      });
      expect(await violatedInvariants(stack, order, accepted)).toEqual([]);
    },
  };
}
