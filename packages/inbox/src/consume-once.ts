/** The part of Prisma's `tx` that this package calls. A bare client does not fit this type. */
export interface TransactionSql {
  $queryRawUnsafe<T = unknown>(query: string, ...values: unknown[]): PromiseLike<T>;
  $executeRawUnsafe(query: string, ...values: unknown[]): PromiseLike<number>;
  readonly $disconnect?: never;
}

/** The columns of a message that the inbox stores; an application's messages have more. */
export interface IdentifiedMessage {
  /** uuid in lower case, as Postgres returns it. The same for every delivery of the message. */
  readonly id: string;
  readonly type: string;
  /** uuid. */
  readonly key: string;
}

/** A message that took effect, in this transaction or in an earlier one. */
export interface AppliedMessage<M, R> {
  readonly kind: 'applied';
  readonly message: M;
  /** The new result, or the stored one of an earlier delivery. */
  readonly result: R;
  /** The number of copies in this batch that had no effect. */
  readonly duplicates: number;
  /** Whether the message had its effect in this transaction. */
  readonly fresh: boolean;
}

/**
 * A message that had no effect, because its id had already been used with another key or type. Only
 * a faulty or foreign producer uses an id twice.
 */
export interface ConflictingMessage<M> {
  readonly kind: 'conflict';
  readonly message: M;
  /** The message that used the id first. */
  readonly usedBy: Pick<IdentifiedMessage, 'type' | 'key'>;
}

export type ConsumedMessage<M, R> = AppliedMessage<M, R> | ConflictingMessage<M>;

/** Applies new messages in the caller's transaction. Returns one JSON result per message, in order. */
export type Effect<M, R> = (fresh: readonly M[]) => Promise<readonly R[]>;

// ON CONFLICT and the returned rows show which messages are new. An error's text would depend on
// the server's language, and after a caught error the transaction is aborted. Inserted in id order,
// so that two batches with the same messages wait for each other instead of deadlocking.
const INSERT = `
INSERT INTO inbox_messages (id, type, key)
SELECT m.id, m.type, m.key FROM jsonb_to_recordset($1::jsonb) AS m(id uuid, type text, key uuid)
ORDER BY m.id
ON CONFLICT (id) DO NOTHING
RETURNING id`;
const FIND = 'SELECT id, type, key, result FROM inbox_messages WHERE id = ANY($1::uuid[])';
// Each row looks its result up. For a join, the planner would read a table of ten thousand rows in
// full.
const STORE = 'UPDATE inbox_messages m SET result = $2::jsonb -> m.id::text WHERE m.id = ANY($1::uuid[])';

/** A message of the inbox, as stored with its result. */
export interface StoredMessage<R> extends IdentifiedMessage {
  readonly result: R;
}

export interface Consumption<M, R> {
  /** The messages to apply, one per id, in order of first appearance. */
  readonly fresh: readonly M[];
  /** Returns the answers, given one result per fresh message, in order. */
  answer(results: readonly R[]): ConsumedMessage<M, R>[];
}

/** Messages that are equal in id, key and type are copies of one message. */
const identify = ({ id, key, type }: IdentifiedMessage) => JSON.stringify([id, key, type]);

const byId = <M extends IdentifiedMessage>(messages: readonly M[]): Map<string, M> =>
  new Map(messages.toReversed().map((message) => [message.id, message]));

/**
 * Decides which messages of a batch are new, given the stored messages that have their ids. An id
 * identifies a message only together with its key and type: a message whose id was used with
 * another key or type has no effect and gets no result. There is one answer per distinct message,
 * in order of first appearance.
 *
 * The caller must insert the fresh messages with their results in the transaction that applies
 * them. If the inbox already has one of them, another transaction was faster: roll back and retry.
 */
export function decideConsumption<M extends IdentifiedMessage, R>(
  messages: readonly M[],
  stored: readonly StoredMessage<R>[],
): Consumption<M, R> {
  const distinct = new Map<string, M>();
  const copies = new Map<string, number>();
  for (const message of messages) {
    const identity = identify(message);
    if (!distinct.has(identity)) distinct.set(identity, message);
    copies.set(identity, (copies.get(identity) ?? 0) + 1);
  }
  const known = byId(stored);
  const firstById = byId(messages);
  const fresh = [...distinct.values()].filter(
    (message) => !known.has(message.id) && firstById.get(message.id) === message,
  );

  function answer(results: readonly R[]): ConsumedMessage<M, R>[] {
    if (results.length !== fresh.length)
      throw new Error(`the effect returned ${results.length} results for ${fresh.length} messages`);
    const applied = new Map(
      fresh.map(({ id, type, key }, index) => [id, { type, key, result: results[index] as R }]),
    );
    return [...distinct].map(([identity, message]): ConsumedMessage<M, R> => {
      const isFresh = applied.has(message.id);
      const { type, key, result } = (applied.get(message.id) ?? known.get(message.id)) as StoredMessage<R>;
      if (type !== message.type || key !== message.key)
        return { kind: 'conflict', message, usedBy: { type, key } };
      const duplicates = (copies.get(identity) ?? 0) - (isFresh ? 1 : 0);
      return { kind: 'applied', message, result, duplicates, fresh: isFresh };
    });
  }
  return { fresh, answer };
}

/**
 * Applies each message of a batch exactly once, as `decideConsumption` decides. The inbox rows, the
 * effect and the results are part of one transaction, the caller's. A redelivered message has no
 * effect; its stored result is returned.
 *
 * If another transaction is consuming the same message, this one waits at the inbox row until that
 * transaction ends. It then finds a duplicate, or applies the message itself after a rollback.
 */
export async function consumeOnce<M extends IdentifiedMessage, R>(
  tx: TransactionSql,
  messages: readonly M[],
  effect: Effect<M, R>,
): Promise<ConsumedMessage<M, R>[]> {
  if (messages.length === 0) return [];
  const rows = [...byId(messages).values()].map(({ id, type, key }) => ({ id, type, key }));
  const inserted = await tx.$queryRawUnsafe<{ id: string }[]>(INSERT, JSON.stringify(rows));
  const freshIds = new Set(inserted.map((row) => row.id));
  const knownIds = rows.map(({ id }) => id).filter((id) => !freshIds.has(id));
  const stored = knownIds.length > 0 ? await tx.$queryRawUnsafe<StoredMessage<R>[]>(FIND, knownIds) : [];
  const { fresh, answer } = decideConsumption<M, R>(messages, stored);
  const unknown = fresh.find(({ id }) => !freshIds.has(id));
  if (unknown !== undefined) throw new Error(`message ${unknown.id} is neither new nor known`);
  if (fresh.length === 0) return answer([]);

  const results = await effect(fresh);
  const answers = answer(results);
  const byMessage = Object.fromEntries(fresh.map(({ id }, index) => [id, results[index]]));
  await tx.$executeRawUnsafe(STORE, Object.keys(byMessage), JSON.stringify(byMessage));
  return answers;
}
