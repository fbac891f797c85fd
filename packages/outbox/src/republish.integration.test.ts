import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { completeMessages } from './complete-messages.js';
import { findMessage, type MessageDetail } from './find-messages.js';
import type { NewMessage } from './message.js';
import { aMessage, createOutboxDatabase, type OutboxDatabase } from './order-database.fixture.js';
import {
  acknowledged,
  createScriptedPublisher,
  publishAll,
  publishDue,
  publishOptions,
} from './scripted-publisher.fixture.js';

let db: OutboxDatabase;
beforeAll(async () => {
  db = await createOutboxDatabase();
});
beforeEach(() => db.empty());
afterAll(() => db.close());

const complete = (message: NewMessage) =>
  db.order.$transaction((tx) =>
    completeMessages(tx, [
      { messageId: message.id, key: message.key, outcome: 'SUCCEEDED', processedAt: '2026-01-01T00:00:00Z' },
    ]),
  );

describe('republishing without a result', () => {
  it('counts each publication, backs off up to the cap, and stops once COMPLETED', async () => {
    const publisher = createScriptedPublisher();
    const options = {
      ...publishOptions(db.relay, publisher),
      policy: { resultDeadlineMs: 100_000, baseMs: 200_000, capMs: 1_600_000 },
    };
    const message = aMessage();
    await db.write([message]);
    const waits: number[] = [];
    for (let attempt = 1; attempt <= 8; attempt++) {
      await db.makeDue();
      await publishAll(options);
      const row = await db.message(message.id);
      expect(row).toMatchObject({ status: 'PUBLISHED', attempts: attempt });
      waits.push(Math.ceil(row.due_in_ms / 50_000) * 50_000);
    }
    expect(waits).toEqual([100_000, 200_000, 300_000, 500_000, 900_000, 900_000, 900_000, 900_000]);
    expect((await db.message(message.id)).history).toMatchObject(
      [2, 3, 4, 5, 6, 7, 8].map((attempt) => ({ event: 'republished', attempt })),
    );

    await complete(message);
    await db.admin.query(`UPDATE outbox_messages SET available_at = now() - interval '1 day'`);
    expect(await publishAll(options)).toEqual([]);
    expect(publisher.sent).toHaveLength(8);
  });

  it('keeps the claim, time and position of the first publication, and records later ones', async () => {
    const publisher = createScriptedPublisher();
    const [message, follower] = [aMessage(), aMessage()];
    await db.write([message, follower]);
    for (const round of [1, 2, 3]) {
      publisher.script = ({ id }) => {
        if (id !== message.id) return acknowledged;
        for (const start = performance.now(); performance.now() - start < 21; );
        return { status: 'acknowledged', position: `order-events/3@${round}` };
      };
      await db.makeDue();
      await publishAll(publishOptions(db.relay, publisher));
    }
    const found = await findMessage(db.order, message.id);
    const at = expect.any(String);
    expect(found).toMatchObject({
      position: 'order-events/3@1',
      history: [
        { at, event: 'republished', attempt: 2, dueAt: at, claimedAt: at, position: 'order-events/3@2' },
        { at, event: 'republished', attempt: 3, dueAt: at, claimedAt: at, position: 'order-events/3@3' },
      ],
    });
    // The broker took 20 ms.
    expect(Number(found?.publishedAt) - Number(found?.claimedAt)).toBeGreaterThanOrEqual(20);
    const { createdAt, claimedAt, publishedAt, history } = found as MessageDetail & {
      readonly history: readonly { readonly at: string; readonly claimedAt: string }[];
    };
    const times = history.flatMap((entry) => [Date.parse(entry.claimedAt), Date.parse(entry.at)]);
    const all = [createdAt.getTime(), claimedAt?.getTime(), publishedAt?.getTime(), ...times];
    expect(all).toEqual(all.toSorted((a, b) => (a ?? 0) - (b ?? 0)));
    // Without positions, such as over direct HTTP.
    const other = await findMessage(db.order, follower.id);
    expect(other).toMatchObject({ position: null, claimedAt: expect.any(Date) });
    expect(other?.history).toEqual(
      [2, 3].map((attempt) => ({ at, event: 'republished', attempt, dueAt: at, claimedAt: at })),
    );
  });

  it('leaves claim and position unknown if an older relay published the message first', async () => {
    const message = aMessage();
    await db.write([message]);
    await db.admin.query(
      `UPDATE outbox_messages SET status = 'PUBLISHED', attempts = 1, published_at = now() - interval '1 hour'`,
    );
    const { publishedAt } = (await findMessage(db.order, message.id)) ?? {};
    const publisher = createScriptedPublisher();
    publisher.script = () => ({ status: 'acknowledged', position: 'order-events/3@1' });
    await publishAll(publishOptions(db.relay, publisher));
    expect(await findMessage(db.order, message.id)).toMatchObject({
      attempts: 2,
      claimedAt: null,
      publishedAt,
      position: null,
      history: [{ event: 'republished', position: 'order-events/3@1' }],
    });
  });

  it('reports a stale write for a message completed during its republication', async () => {
    const publisher = createScriptedPublisher();
    const options = publishOptions(db.relay, publisher);
    const message = aMessage();
    await db.write([message]);
    await publishAll(options);
    await db.makeDue();
    publisher.script = async () => {
      await complete(message);
      return acknowledged;
    };
    expect(await publishDue(options)).toMatchObject({ claimed: 1, staleWrites: 1 });
    expect(await db.message(message.id)).toMatchObject({
      status: 'COMPLETED',
      attempts: 2,
      history: [{ event: 'republished', attempt: 2 }],
    });
  });
});
