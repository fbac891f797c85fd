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

/** Messages that are equal in id, key and type are copies of one message. */
const identify = ({ id, key, type }: IdentifiedMessage) => JSON.stringify([id, key, type]);

/**
 * Applies each message of a batch exactly once. The inbox rows, the effect and the results are part
 * of one transaction, the caller's. A redelivered message has no effect; its stored result is
 * returned. An id identifies a message only together with its key and type: a message whose id was
 * used with another key or type has no effect and gets no result. Returns one answer per distinct
 * message, in order of first appearance.
 *
 * If another transaction is consuming the same message, this one waits at the inbox row until that
 * transaction ends. It then finds a duplicate, or applies the message itself after a rollback.
 */
export async function consumeOnce<M extends IdentifiedMessage, R>(
  tx: TransactionSql,
  messages: readonly M[],
  effect: Effect<M, R>,
): Promise<ConsumedMessage<M, R>[]> {
  const distinct = new Map<string, M>();
  const copies = new Map<string, number>();
  const firstById = new Map<string, M>();
  for (const message of messages) {
    const identity = identify(message);
    if (!distinct.has(identity)) distinct.set(identity, message);
    copies.set(identity, (copies.get(identity) ?? 0) + 1);
    if (!firstById.has(message.id)) firstById.set(message.id, message);
  }
  if (distinct.size === 0) return [];

  const rows = [...firstById.values()].map(({ id, type, key }) => ({ id, type, key }));
  const inserted = await tx.$queryRawUnsafe<{ id: string }[]>(INSERT, JSON.stringify(rows));
  const freshIds = new Set(inserted.map((row) => row.id));

  const owners = new Map<string, IdentifiedMessage>(firstById);
  const results = new Map<string, R>();
  const knownIds = [...firstById.keys()].filter((id) => !freshIds.has(id));
  if (knownIds.length > 0) {
    const stored = await tx.$queryRawUnsafe<(IdentifiedMessage & { result: R })[]>(FIND, knownIds);
    for (const { result, ...owner } of stored) {
      owners.set(owner.id, owner);
      results.set(owner.id, result);
    }
    const missing = knownIds.find((id) => !results.has(id));
    if (missing !== undefined) throw new Error(`message ${missing} is neither new nor known`);
  }

  const fresh = [...firstById.values()].filter((message) => freshIds.has(message.id));
  if (fresh.length > 0) {
    const outcome = await effect(fresh);
    if (outcome.length !== fresh.length) {
      throw new Error(`the effect returned ${outcome.length} results for ${fresh.length} messages`);
    }
    const stored = new Map(fresh.map(({ id }, index) => [id, outcome[index] as R]));
    for (const [id, result] of stored) results.set(id, result);
    await tx.$executeRawUnsafe(STORE, [...stored.keys()], JSON.stringify(Object.fromEntries(stored)));
  }

  return [...distinct].map(([identity, message]): ConsumedMessage<M, R> => {
    const { type, key } = owners.get(message.id) ?? message;
    if (type !== message.type || key !== message.key)
      return { kind: 'conflict', message, usedBy: { type, key } };
    const isFresh = freshIds.has(message.id);
    const duplicates = (copies.get(identity) ?? 0) - (isFresh ? 1 : 0);
    return { kind: 'applied', message, result: results.get(message.id) as R, duplicates, fresh: isFresh };
  });
}
