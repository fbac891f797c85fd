import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  aMessage,
  createOutboxDatabase,
  type OutboxDatabase,
  someMessages,
  until,
} from './order-database.fixture.js';
import { createTestLoop } from './publish-loop.fixture.js';
import type { PublishLoopOptions } from './publish-loop.js';
import {
  acknowledged,
  createScriptedPublisher,
  type ScriptedPublisher,
} from './scripted-publisher.fixture.js';
import type { Sql } from './sql.js';

let db: OutboxDatabase;
beforeAll(async () => {
  db = await createOutboxDatabase();
});
beforeEach(() => db.empty());
afterAll(() => db.close());

const createLoop = (publisher: ScriptedPublisher, options?: Partial<PublishLoopOptions>) =>
  createTestLoop(db.relay, publisher, options);

const toIds = (messages: readonly { readonly id: string }[]) => messages.map(({ id }) => id);

describe('the publish loop', () => {
  it('publishes nothing until it is woken, then everything that is due, batch by batch', async () => {
    const publisher = createScriptedPublisher();
    const { loop, events } = createLoop(publisher, { batchSize: 10 });
    const messages = someMessages(25);
    await db.write(messages);
    expect(publisher.calls).toEqual([]);
    loop.wake();
    await until('all are sent', () => publisher.sent.length === 25);
    await loop.stop();
    expect(events).toEqual(['batch of 10', 'batch of 10', 'batch of 5']);
    expect(toIds(publisher.sent)).toEqual(toIds(messages));
  });

  it('records the batch in flight when stopped, and claims no other batch', async () => {
    const publisher = createScriptedPublisher();
    const { loop } = createLoop(publisher, { batchSize: 1 });
    let answer = () => {};
    const answered = new Promise<void>((resolve) => {
      answer = resolve;
    });
    publisher.script = async () => {
      await answered;
      return acknowledged;
    };
    await db.write(someMessages(2));
    loop.wake();
    await until('it publishes', () => publisher.calls.length === 1);
    let stopped = false;
    const stopping = loop.stop().then(() => {
      stopped = true;
    });
    loop.wake();
    await db.statuses();
    expect(stopped).toBe(false);
    answer();
    await stopping;
    loop.wake();
    expect((await db.messages()).map(({ status, lease_token }) => [status, lease_token])).toEqual([
      ['PUBLISHED', null],
      ['PENDING', null],
    ]);
    expect(publisher.calls).toHaveLength(1);
  });

  it.each([
    { claimed: 5, took: 0, rest: 10 },
    { claimed: 5, took: 4, rest: 6 },
    { claimed: 5, took: 7, rest: 7 },
    { claimed: 25, took: 20, rest: 20 },
    { claimed: 46, took: 20, rest: 32 },
    { claimed: 60, took: 20, rest: 40 },
    { claimed: 80, took: 20, rest: 40 },
    { claimed: 80, took: 2_000, rest: 50 },
    { claimed: 2, took: 20, rest: 5 },
    { claimed: 1, took: 20, rest: 0 },
  ])(
    'pauses $rest ms after a partial batch of $claimed that took $took ms',
    async ({ claimed, took, rest }) => {
      let clock = 0;
      let rested = 0;
      const publisher = createScriptedPublisher();
      const { loop } = createLoop(publisher, {
        monotonicNow: () => clock,
        async sleep(ms) {
          rested += ms;
          clock += ms;
        },
      });
      publisher.script = () => {
        if (publisher.calls.length === 1) {
          clock += took / claimed;
          loop.wake();
        }
        return acknowledged;
      };
      await db.write(someMessages(claimed));
      loop.wake();
      await until('the batch is recorded', async () => (await db.statuses()).PUBLISHED === claimed);
      await loop.stop();
      expect(rested).toBeCloseTo(rest);
    },
  );

  it('does not pause after a full batch', async () => {
    const publisher = createScriptedPublisher();
    const { loop, pauses } = createLoop(publisher, { batchSize: 5 });
    await db.write(someMessages(24));
    loop.wake();
    await until('all are sent', () => publisher.sent.length === 24);
    await loop.stop();
    expect(pauses).toEqual([]);
  });

  it('sends two statements for a lone message, the claim and the record', async () => {
    const publisher = createScriptedPublisher();
    let statements = 0;
    const sql: Sql = {
      $queryRawUnsafe: (query, ...values) => {
        statements += 1;
        return db.relay.$queryRawUnsafe(query, ...values);
      },
      $executeRawUnsafe: (query, ...values) => {
        statements += 1;
        return db.relay.$executeRawUnsafe(query, ...values);
      },
    };
    const { loop, events } = createLoop(publisher, { sql });
    for (let message = 1; message <= 3; message++) {
      await db.write([aMessage()]);
      loop.wake();
      await until('it is recorded', () => events.length === message);
    }
    await loop.stop();
    expect({ sent: publisher.sent.length, statements }).toEqual({ sent: 3, statements: 6 });
  });

  it('publishes thousands of messages of one key in order after one wake-up', async () => {
    const publisher = createScriptedPublisher();
    const { loop, pauses } = createLoop(publisher);
    const messages = someMessages(2_050, { key: randomUUID() });
    await db.write(messages);
    loop.wake();
    await until('all are sent', () => publisher.sent.length === messages.length);
    await loop.stop();
    expect(toIds(publisher.sent)).toEqual(toIds(messages));
    expect(publisher.calls).toHaveLength(21);
    expect(pauses).toEqual([]);
  });
});

describe('shipped bug 11: a lost wake-up', () => {
  it('finds a message written between an empty claim and the idle state, at any moment', async () => {
    // `turns` is the number of microtask turns before the signal. The range covers signals before
    // the loop sees its empty claim, while the loop ends, and after it has ended.
    for (let turns = 0; turns < 40; turns++) {
      const publisher = createScriptedPublisher();
      const message = aMessage();
      let wake = () => {};
      let written = false;
      const sql: Sql = {
        async $queryRawUnsafe<T>(query: string, ...values: unknown[]): Promise<T> {
          const rows = await db.relay.$queryRawUnsafe<T>(query, ...values);
          if (!written) {
            expect(rows).toMatchObject([{ id: null }]);
            written = true;
            await db.write([message]);
            void wakeAfter(turns);
          }
          return rows;
        },
        $executeRawUnsafe: (query, ...values) => db.relay.$executeRawUnsafe(query, ...values),
      };
      const wakeAfter = async (count: number) => {
        for (let turn = 0; turn < count; turn++) await null;
        wake();
      };
      const { loop } = createLoop(publisher, { sql });
      wake = loop.wake;
      loop.wake();
      await until(`the message is sent (${turns} turns)`, () => publisher.sent.length === 1, 2_000);
      await loop.stop();
    }
  });
});
