import { poll } from '@lmt/stack';
import { expect, it, onTestFinished } from 'vitest';
import { send } from '../http-client.js';
import { LEASE_SECONDS, LONGEST_RETRY_SECONDS, type System } from '../system.fixture.js';

const SERVICES = ['order', 'inventory', 'relay'] as const;
type Shifts = Readonly<Partial<Record<(typeof SERVICES)[number], number>>>;

// Within the 300 s by which the clocks of a signer and its judge may differ.
const SHIFTS: readonly Shifts[] = [
  { order: 290, relay: 290 },
  { order: -290, relay: -290 },
  { inventory: 290, relay: 145 },
];

interface Schedule {
  readonly due_in: number;
  readonly leased_for: number | null;
  readonly written_ago: number;
}

export function keepsToTheDatabaseClock(system: System): void {
  type Service = (typeof SERVICES)[number];

  async function restart(
    env: (name: Service) => Record<string, string | undefined>,
    ready: readonly Service[] = SERVICES,
  ) {
    await Promise.all(SERVICES.map((name) => system.stack.stop(name)));
    for (const name of SERVICES) system.stack.setEnv(name, env(name));
    await Promise.all(SERVICES.map((name) => system.stack.start(name)));
    await Promise.all(ready.map((name) => system.stack.ready(name)));
  }

  /** Until the test ends; the clocks are shifted by seconds. */
  async function withClocks(shifts: Shifts, stepSeconds = 0, ready: readonly Service[] = SERVICES) {
    onTestFinished(() =>
      restart(() => ({
        NODE_OPTIONS: process.env.NODE_OPTIONS,
        TZ: process.env.TZ,
        TEST_CLOCK_SHIFT_MS: undefined,
        TEST_CLOCK_STEP_MS: undefined,
      })),
    );
    const shim = new URL('../clock-shim.mjs', import.meta.url).href;
    const env = (name: Service) => ({
      NODE_OPTIONS: `--import ${shim}`,
      TZ: 'Asia/Shanghai',
      TEST_CLOCK_SHIFT_MS: String((shifts[name] ?? 0) * 1_000),
      TEST_CLOCK_STEP_MS: String(stepSeconds * 1_000),
    });
    await restart(env, ready);
  }

  const logged = (name: string, ...parts: readonly string[]) =>
    system.stack.lines(name).some((line) => parts.every((part) => line.includes(part)));

  it.each(SHIFTS)(
    'schedules by the database alone with the clocks in Shanghai and off by %j s',
    async (shifts) => {
      await withClocks(shifts);
      const sku = await system.newSku(20);
      await system.callbacks.inject('refuse');
      const orders = await system.place(20, sku);
      const keys = orders.map(({ id }) => id);
      await poll('all are published again', async () => {
        const schedules = await system.order.query<Schedule>(
          `SELECT extract(epoch FROM available_at - now())::float AS due_in,
           extract(epoch FROM leased_until - now())::float AS leased_for,
           extract(epoch FROM now() - created_at)::float AS written_ago
         FROM outbox_messages WHERE status = 'PUBLISHED' AND key = ANY($1)`,
          [keys],
        );
        for (const { due_in, leased_for, written_ago } of schedules) {
          expect(due_in).toBeLessThan(LONGEST_RETRY_SECONDS);
          expect(due_in).toBeGreaterThan(-30);
          expect(leased_for ?? 0).toBeLessThanOrEqual(LEASE_SECONDS);
          expect(Math.abs(written_ago)).toBeLessThan(60);
        }
        const again = await system.order.value<number>(
          'SELECT count(*)::int FROM outbox_messages WHERE attempts >= 2 AND key = ANY($1)',
          [keys],
        );
        return again === 20;
      });
      await system.callbacks.inject('pass');
      await system.everythingFinishes();
      expect(await system.countByStatus(orders)).toEqual({ CONFIRMED: 20 });
      expect(await system.available(sku)).toBe(0);
    },
  );

  it('says on both sides that the clocks differ too much, and loses nothing by it', async () => {
    // A relay whose receiver refuses it is not ready, before there is anything to publish.
    const ready = system.kind === 'kafka' ? SERVICES : (['order', 'inventory'] as const);
    await withClocks({ inventory: -400 }, 0, ready);
    if (system.kind === 'direct')
      await poll('the relay is not ready', async () => {
        // It may not listen yet.
        const answer = await send('GET', `${system.stack.urls.relay}/readyz`).catch(() => null);
        return answer?.status === 503 && answer.text.includes('answered 401');
      });
    const sku = await system.newSku(5);
    const orders = await system.place(5, sku);
    if (system.kind === 'kafka') {
      await poll('order says why', () =>
        logged('order', 'signed request rejected', 'behind the clock here', 'are both clocks right?'),
      );
      await poll('inventory says why', () => logged('inventory', 'answered 401', 'behind the clock here'));
    } else {
      await poll('inventory says why', () => logged('inventory', 'signed request rejected', 'ahead of'));
      await poll('the relay says why', () => logged('relay', 'answered 401', 'and their clocks'));
    }
    expect(await system.countByStatus(orders)).toEqual({ PENDING: 5 });
    await withClocks({});
    await system.everythingFinishes();
    expect(await system.countByStatus(orders)).toEqual({ CONFIRMED: 5 });
  });

  it.each([-60, 90])('is started again by itself when its clock is set by %i s', async (seconds) => {
    await withClocks({}, seconds);
    const sku = await system.newSku(10);
    const before = new Map((await system.stack.status()).map(({ name, restarts }) => [name, restarts]));
    await system.place(5, sku);
    for (const name of SERVICES) process.kill(system.stack.pids[name] ?? 0, 'SIGUSR2');
    await poll('each was started again', async () => {
      const after = await system.stack.status();
      return SERVICES.every((name) =>
        after.some(
          ({ name: of, restarts, ready }) => of === name && ready && restarts === (before.get(name) ?? 0) + 1,
        ),
      );
    });
    for (const name of SERVICES)
      expect(logged(name, 'the clock was stepped', `"steppedBySeconds":${seconds}`)).toBe(true);
    await system.place(5, sku);
    await system.everythingFinishes();
    expect(await system.available(sku)).toBe(0);
  });
}
