import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ClaimOptions, claimBatch, LONGEST_RUN } from './claim-batch.js';
import {
  aMessage,
  createOutboxDatabase,
  type OutboxDatabase,
  someMessages,
  someTimes,
} from './order-database.fixture.js';
import { markPublished } from './record-outcomes.js';

let db: OutboxDatabase;
beforeAll(async () => {
  db = await createOutboxDatabase();
});
beforeEach(() => db.empty());
afterAll(() => db.close());

const claim = (fields: Partial<ClaimOptions> = {}) =>
  claimBatch(db.relay, { batchSize: 500, leaseSeconds: 60, token: randomUUID(), ...fields });
const toIds = (messages: readonly { readonly id: string }[]) => messages.map(({ id }) => id);
const set = (id: string | undefined, assignment: string) =>
  db.admin.query(`UPDATE outbox_messages SET ${assignment} WHERE id = $1`, [id]);

async function writeKey(count: number) {
  const key = randomUUID();
  const messages = someMessages(count, { key });
  await db.write(messages);
  return { key, ids: toIds(messages) };
}

describe('claiming several messages of one key', () => {
  it('claims them in the order of writing, whether new or timed', async () => {
    const { ids } = await writeKey(4);
    await set(ids[0], 'available_at = now()');
    await set(ids[2], `available_at = now() - interval '1 minute'`);
    const { messages, mayLeaveDue } = await claim();
    expect(toIds(messages)).toEqual(ids);
    expect(mayLeaveDue).toBe(false);
  });

  it('claims no more of one key than the longest run, and reports that others wait', async () => {
    const { ids } = await writeKey(LONGEST_RUN + 3);
    const token = randomUUID();
    const { messages, mayLeaveDue } = await claim({ token });
    expect(toIds(messages)).toEqual(ids.slice(0, LONGEST_RUN));
    expect(mayLeaveDue).toBe(true);
    expect((await claim()).messages).toEqual([]);
    const publications = messages.map(({ id }) => ({ id, attempt: 1, delayMs: 60_000 }));
    await markPublished(db.relay, token, someTimes, publications);
    const rest = await claim();
    expect(toIds(rest.messages)).toEqual(ids.slice(LONGEST_RUN));
    expect(rest.mayLeaveDue).toBe(false);
  });

  it('fills the batch with the first messages of all keys before further messages of a key', async () => {
    const { ids } = await writeKey(9);
    const others = someMessages(4);
    await db.write(others);
    const { messages, mayLeaveDue } = await claim({ batchSize: 7 });
    expect(toIds(messages)).toEqual([...ids.slice(0, 3), ...toIds(others)]);
    expect(mayLeaveDue).toBe(true);
  });

  it.each([
    ['is leased', (id) => set(id, `lease_token = gen_random_uuid(), leased_until = now() + '1 minute'`)],
    ['is not due', (id) => set(id, `available_at = now() + interval '1 hour'`)],
    ['has another topic', (id) => set(id, `topic = 'other-topic'`)],
  ] satisfies [string, (id: string | undefined) => Promise<unknown>][])(
    'ends the run before a message that %s',
    async (_, change) => {
      const { ids } = await writeKey(5);
      await change(ids[2]);
      const { messages, mayLeaveDue } = await claim();
      expect(toIds(messages)).toEqual(ids.slice(0, 2));
      expect(mayLeaveDue).toBe(true);
    },
  );

  it('ends the run before a message that another transaction has locked', async () => {
    const { ids } = await writeKey(5);
    const lock = `SELECT 1 FROM outbox_messages WHERE id = '${ids[2]}' FOR UPDATE`;
    const { messages, mayLeaveDue } = await db.whileOpen(lock, () => claim());
    expect(toIds(messages)).toEqual(ids.slice(0, 2));
    expect(mayLeaveDue).toBe(true);
  });

  it('passes over finished and dead messages between them', async () => {
    const { ids } = await writeKey(4);
    await set(ids[0], `status = 'COMPLETED', completed_at = now()`);
    await set(ids[2], `status = 'DEAD'`);
    expect(toIds((await claim()).messages)).toEqual([ids[1], ids[3]]);
  });

  it.each([
    ['leased', `lease_token = gen_random_uuid(), leased_until = now() + '1 minute'`],
    ['not due', `available_at = now() + interval '1 hour'`],
    ['of a topic that this relay does not know', `topic = 'other-topic'`],
  ])('claims none while the first one is %s', async (_, assignment) => {
    const { ids } = await writeKey(3);
    await set(ids[0], assignment);
    expect((await claim({ topics: ['order-events'] })).messages).toEqual([]);
  });

  it('claims none while another transaction has locked the first one', async () => {
    const { ids } = await writeKey(3);
    const lock = `SELECT 1 FROM outbox_messages WHERE id = '${ids[0]}' FOR UPDATE`;
    expect((await db.whileOpen(lock, () => claim())).messages).toEqual([]);
  });

  it('takes no followers along with a PUBLISHED message whose result is overdue', async () => {
    const { ids } = await writeKey(4);
    await set(ids[0], `status = 'PUBLISHED', attempts = 1, available_at = now()`);
    await set(ids[1], `lease_token = gen_random_uuid(), leased_until = now() + '1 minute'`);
    expect(toIds((await claim()).messages)).toEqual([ids[0]]);
  });

  it('takes the followers of the first PENDING message once, although an earlier one is overdue', async () => {
    const { ids } = await writeKey(4);
    await set(ids[0], `status = 'PUBLISHED', attempts = 1, available_at = now()`);
    expect(toIds((await claim()).messages)).toEqual(ids);
  });

  it.each(['new', 'timed'])(
    'finds another key behind thousands of %s messages of one, whichever relay holds that key',
    async (kind) => {
      const { ids } = await writeKey(3_000);
      if (kind === 'timed') await db.admin.query(`UPDATE outbox_messages SET available_at = now()`);
      const [other, third] = [aMessage(), aMessage()];
      await db.write([other]);
      const mine = await claim();
      expect(toIds(mine.messages)).toEqual([...ids.slice(0, LONGEST_RUN), other.id]);
      await db.write([third]);
      expect(toIds((await claim()).messages)).toEqual([third.id]);
    },
  );
});
