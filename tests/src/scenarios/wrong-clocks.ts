import { poll } from '@lmt/stack';
import { expect, it, onTestFinished } from 'vitest';
import { send } from '../http-client.js';
import { countByStatus, countPublished, toIds } from '../stored-orders.js';
import { LEASE_SECONDS, LONGEST_RETRY_SECONDS, type System } from '../system.fixture.js';

const SERVICES = ['order', 'inventory', 'relay'] as const;
type Service = (typeof SERVICES)[number];
/** Seconds by which the clock of a service is ahead. */
type Shifts = Readonly<Partial<Record<Service, number>>>;

interface Schedule {
  readonly due_in: number;
  readonly leased_for: number | null;
  readonly written_ago: number;
}

interface Clocks {
  readonly shifts?: Shifts;
  /** Seconds to add to each clock at SIGUSR2. */
  readonly stepSeconds?: number;
  /** Services that can become ready with these clocks. */
  readonly ready?: readonly Service[];
}

async function restartAll(
  { stack }: System,
  env: (name: Service) => Record<string, string | undefined>,
  ready: readonly Service[] = SERVICES,
) {
  await Promise.all(SERVICES.map((name) => stack.stop(name)));
  for (const name of SERVICES) stack.setEnv(name, env(name));
  await Promise.all(SERVICES.map((name) => stack.start(name)));
  await Promise.all(ready.map((name) => stack.ready(name)));
}

const resetClocks = (system: System) =>
  restartAll(system, () => ({
    NODE_OPTIONS: process.env.NODE_OPTIONS,
    TZ: process.env.TZ,
    TEST_CLOCK_SHIFT_MS: undefined,
    TEST_CLOCK_STEP_MS: undefined,
  }));

/** Runs the services with these clocks, in the time zone of Shanghai, until the test finishes. */
async function setClocks(system: System, { shifts = {}, stepSeconds = 0, ready = SERVICES }: Clocks) {
  onTestFinished(() => resetClocks(system));
  const preload = import.meta.resolve('@lmt/stack/clock-preload');
  const env = (name: Service) => ({
    NODE_OPTIONS: `--import ${preload}`,
    TZ: 'Asia/Shanghai',
    TEST_CLOCK_SHIFT_MS: String((shifts[name] ?? 0) * 1_000),
    TEST_CLOCK_STEP_MS: String(stepSeconds * 1_000),
  });
  await restartAll(system, env, ready);
}

const hasLogged = ({ stack }: System, name: Service, ...parts: readonly string[]) =>
  stack.lines(name).some((line) => parts.every((part) => line.includes(part)));

/** Each shift stays within the 300 s by which the clocks of signer and verifier may differ. */
export function schedulesByDatabaseClock(system: System, clocks: readonly Shifts[]): void {
  it.each(clocks)(
    'schedules by the clock of the database although the clocks of the services are off by %j s',
    async (shifts) => {
      await setClocks(system, { shifts });
      const sku = await system.addSku(20);
      system.callbacks.inject('refuse');
      const orders = await system.place(20, sku);
      await poll('all are republished', async () => {
        const schedules = await system.order.query<Schedule>(
          `SELECT extract(epoch FROM available_at - now())::float AS due_in,
           extract(epoch FROM leased_until - now())::float AS leased_for,
           extract(epoch FROM now() - created_at)::float AS written_ago
         FROM outbox_messages WHERE status = 'PUBLISHED' AND key = ANY($1)`,
          [toIds(orders)],
        );
        for (const { due_in, leased_for, written_ago } of schedules) {
          expect(due_in).toBeLessThan(LONGEST_RETRY_SECONDS);
          expect(due_in).toBeGreaterThan(-30);
          expect(leased_for ?? 0).toBeLessThanOrEqual(LEASE_SECONDS);
          expect(Math.abs(written_ago)).toBeLessThan(60);
        }
        return (await countPublished(system, orders, 2)) === 20;
      });
      system.callbacks.inject('pass');
      await system.expectAllFinished();
      expect(await countByStatus(system, orders)).toEqual({ CONFIRMED: 20 });
      expect(await system.available(sku)).toBe(0);
    },
  );
}

/**
 * Signer and verifier: on Kafka inventory and order, on the direct transport relay and inventory.
 */
export function reportsClockSkew(system: System): void {
  it('reports on both sides that the clocks differ too much, and loses nothing', async () => {
    const isKafka = system.kind === 'kafka';
    // On the direct transport the inventory answers 401 even to the relay's probe.
    await setClocks(system, {
      shifts: { inventory: -400 },
      ready: isKafka ? SERVICES : ['order', 'inventory'],
    });
    if (!isKafka)
      await poll('the relay is not ready', async () => {
        // The relay may not listen yet.
        const answer = await send('GET', `${system.stack.urls.relay}/readyz`).catch(() => null);
        return answer?.status === 503 && answer.text.includes('answered 401');
      });
    const sku = await system.addSku(5);
    const orders = await system.place(5, sku);
    if (isKafka) {
      await poll('order logs why', () =>
        hasLogged(
          system,
          'order',
          'signed request rejected',
          "behind this server's clock",
          'check both clocks',
        ),
      );
      await poll('inventory logs why', () =>
        hasLogged(system, 'inventory', 'answered 401', "behind this server's clock"),
      );
    } else {
      await poll('inventory logs why', () =>
        hasLogged(system, 'inventory', 'signed request rejected', 'ahead of'),
      );
      await poll('the relay logs why', () => hasLogged(system, 'relay', 'answered 401', 'and their clocks'));
    }
    expect(await countByStatus(system, orders)).toEqual({ PENDING: 5 });
    await resetClocks(system);
    await system.expectAllFinished();
    expect(await countByStatus(system, orders)).toEqual({ CONFIRMED: 5 });
  });
}

export function restartsAfterClockSteps(system: System, steps: readonly number[]): void {
  it.each(steps)('every service restarts when its clock is stepped by %i s', async (stepSeconds) => {
    await setClocks(system, { stepSeconds });
    const sku = await system.addSku(10);
    const before = new Map((await system.stack.status()).map(({ name, restarts }) => [name, restarts]));
    await system.place(5, sku);
    for (const name of SERVICES) process.kill(system.stack.pids[name] ?? 0, 'SIGUSR2');
    await poll('each has restarted once and is ready', async () => {
      const after = new Map((await system.stack.status()).map((process_) => [process_.name, process_]));
      return SERVICES.every((name) => {
        const { ready = false, restarts = 0 } = after.get(name) ?? {};
        return ready && restarts === (before.get(name) ?? 0) + 1;
      });
    });
    for (const name of SERVICES)
      expect(hasLogged(system, name, 'the clock was stepped', `"steppedBySeconds":${stepSeconds}`)).toBe(
        true,
      );
    await system.place(5, sku);
    await system.expectAllFinished();
    expect(await system.available(sku)).toBe(0);
  });
}
