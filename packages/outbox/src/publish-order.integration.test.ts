import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { PublishOutcome } from '@lmt/messaging';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { completeMessages } from './complete-messages.js';
import type { NewMessage } from './message.js';
import {
  aMessage,
  createOutboxDatabase,
  type OutboxDatabase,
  someMessages,
} from './order-database.fixture.js';
import {
  acknowledged,
  createScriptedPublisher,
  firstPublications,
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

const toIds = (messages: readonly { readonly id: string }[]) => messages.map(({ id }) => id);
const byKey = (messages: readonly NewMessage[]) => {
  const keys = new Map<string, string[]>();
  for (const { key, id } of messages) keys.set(key, [...(keys.get(key) ?? []), id]);
  return keys;
};

const complete = (message: NewMessage) =>
  db.order.$transaction((tx) =>
    completeMessages(tx, [
      { messageId: message.id, key: message.key, outcome: 'SUCCEEDED', processedAt: '2026-01-01T00:00:00Z' },
    ]),
  );

describe('shipped bug 6: a retry breaks the order of a key', () => {
  it('publishes messages 1, 2, 3 of a key in order after 1 fails once, and other keys meanwhile', async () => {
    const publisher = createScriptedPublisher();
    const options = publishOptions(db.relay, publisher);
    const key = randomUUID();
    const [first, second, third] = [aMessage({ key }), aMessage({ key }), aMessage({ key })];
    const others = someMessages(5);
    await db.write([first, second, third, ...others]);
    let failures = 0;
    publisher.script = ({ id }) => {
      if (id !== first.id || failures > 0) return acknowledged;
      failures += 1;
      return { status: 'failed', reason: 'timed out' };
    };
    await publishAll(options);
    expect(toIds(publisher.sent)).toEqual(toIds(others));
    await db.makeDue(key);
    await publishAll(options);
    expect(toIds(publisher.sent).slice(5)).toEqual([first.id, second.id, third.id]);
    expect(await db.message(first.id)).toMatchObject({ attempts: 1, failures: 0, last_error: null });
  });

  it('counts one failure of the first message of a run and postpones the others with it', async () => {
    const publisher = createScriptedPublisher();
    const options = publishOptions(db.relay, publisher);
    const key = randomUUID();
    const messages = someMessages(5, { key });
    await db.write(messages);
    publisher.script = ({ id }) =>
      id === messages[2]?.id ? { status: 'failed', reason: 'timed out' } : acknowledged;
    const report = await publishDue(options);
    expect(report).toMatchObject({ claimed: 5, unavailable: null, staleWrites: 0 });
    expect(toIds(report.failed.map(({ message }) => message))).toEqual([messages[2]?.id]);
    const rows = await db.messages();
    expect(rows.map(({ status, failures, lease_token }) => [status, failures, lease_token])).toEqual([
      ['PUBLISHED', 0, null],
      ['PUBLISHED', 0, null],
      ['PENDING', 1, null],
      ['PENDING', 0, null],
      ['PENDING', 0, null],
    ]);
    for (const { due_in_ms } of rows) expect(due_in_ms).toBeGreaterThan(20_000);
    publisher.script = () => acknowledged;
    await db.makeDue(key);
    await publishAll(options);
    expect(firstPublications(publisher.sent).get(key)).toEqual(toIds(messages));
  });

  it('keeps the order if another relay takes over part of a run that is being published', async () => {
    const [slow, fast] = [createScriptedPublisher(), createScriptedPublisher()];
    const messages = someMessages(6, { key: randomUUID() });
    await db.write(messages);
    const sent: string[] = [];
    const taker = { ...publishOptions(db.connectRelay(), fast), batchSize: 4 };
    fast.script = ({ id }) => {
      sent.push(id);
      return acknowledged;
    };
    slow.script = async ({ id }) => {
      sent.push(id);
      if (id === messages[1]?.id) {
        await db.expireLeases();
        await publishDue(taker);
      }
      return acknowledged;
    };
    const report = await publishDue(publishOptions(db.relay, slow));
    // The taker recorded four of the six messages.
    expect(report).toMatchObject({ claimed: 6, staleWrites: 4 });
    expect([...new Set(sent)]).toEqual(toIds(messages));
    expect(await db.statuses()).toEqual({ PUBLISHED: 6 });
  });

  it.each([
    [50, 20],
    [3, 300],
  ])(
    'keeps the order of %i keys with %i messages each, despite four relays, failures, results and expired leases',
    async (keyCount, perKey) => {
      const keys = Array.from({ length: keyCount }, () => randomUUID());
      const topics = ['order-events', 'order-events', 'order-events', 'other-events'];
      const count = keyCount * perKey;
      const messages = Array.from({ length: count }, (_, i) =>
        aMessage({ key: keys[i % keyCount] ?? '', topic: topics[Math.floor(Math.random() * 4)] ?? '' }),
      );
      await db.write(messages);
      const publishers = Array.from({ length: 4 }, () => createScriptedPublisher());
      const sent: (typeof publishers)[number]['sent'] = [];
      let left = count;
      const known = new Set<string>();
      const byId = new Map(messages.map((message) => [message.id, message]));

      await Promise.all(
        publishers.map(async (publisher) => {
          publisher.script = async (message): Promise<PublishOutcome> => {
            if (Math.random() < 0.02) await delay(Math.random() * 20);
            if (Math.random() < 0.1) return { status: 'failed', reason: 'timed out' };
            sent.push(message);
            if (!known.has(message.id)) left -= 1;
            known.add(message.id);
            const original = byId.get(message.id);
            if (Math.random() < 0.05 && original !== undefined) await complete(original);
            // A tenth of the messages arrive although they are reported as failed.
            return Math.random() < 0.1 ? { status: 'failed', reason: 'the answer was lost' } : acknowledged;
          };
          const options = {
            ...publishOptions(db.connectRelay(), publisher),
            policy: { resultDeadlineMs: 600_000, baseMs: 10, capMs: 20 },
            leaseSeconds: 0.03,
            random: Math.random,
          };
          const deadline = performance.now() + 40_000;
          while (left > 0 && performance.now() < deadline) {
            await publishDue({ ...options, batchSize: Math.ceil(Math.random() * 40) });
          }
        }),
      );
      expect(left).toBe(0);
      expect(firstPublications(sent)).toEqual(byKey(messages));
      // With fewer sends, no message was retried.
      expect(sent.length).toBeGreaterThan(count);
    },
  );
});
