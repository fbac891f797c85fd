/** What the statements need of Prisma's `tx` inside `$transaction`; a bare client does not fit. */
export interface TransactionSql {
  $queryRawUnsafe<T = unknown>(query: string, ...values: unknown[]): PromiseLike<T>;
  $executeRawUnsafe(query: string, ...values: unknown[]): PromiseLike<number>;
  readonly $connect?: never;
}

/** What identifies a message here; an application's messages carry more. */
export interface IdentifiedMessage {
  /** uuid in lower case, as Postgres returns it; the same when the message comes again. */
  readonly id: string;
  readonly type: string;
  readonly key: string;
}

/** A message and its result. */
export interface ConsumedMessage<M, R> {
  readonly message: M;
  /** From now, or the stored one if the message came before. */
  readonly result: R;
  /** How many copies of it had no effect: all in this batch if it came before, else all but one. */
  readonly duplicates: number;
  /** Whether it had its effect now. */
  readonly fresh: boolean;
}

export interface InboxOptions {
  /** Column of `inbox_messages` that takes a message's key: the application's name for it. */
  readonly keyColumn: string;
}

/**
 * Gives each new message its effect, in order, in the caller's transaction. Returns one result (JSON)
 * a message, in the order given.
 */
export type Effect<M, R> = (fresh: readonly M[]) => Promise<readonly R[]>;

export interface Inbox {
  /**
   * Gives a batch of messages its effect, each message exactly once: its row in the inbox, the effect
   * and the result are one transaction, the caller's. A message that came before has no effect again;
   * its stored result is returned. One answer a distinct id, in order of first appearance, so a
   * message that stands twice in the batch is answered once.
   *
   * Two transactions with the same message: the second waits at the inbox row until the first has
   * ended, and then finds a duplicate, or, if the first rolled back, has the effect itself.
   */
  consumeOnce<M extends IdentifiedMessage, R>(
    tx: TransactionSql,
    messages: readonly M[],
    effect: Effect<M, R>,
  ): Promise<ConsumedMessage<M, R>[]>;
}

/** The inbox over the table `inbox_messages` (id, type, key column, result, received_at). */
export function createInbox({ keyColumn }: InboxOptions): Inbox {
  if (!/^[a-z_][a-z0-9_]*$/.test(keyColumn)) throw new RangeError(`keyColumn is ${keyColumn}`);

  // ON CONFLICT and the rows that come back say what is new: never an error's text, which depends on
  // the server's language, and never a caught error, after which the transaction is aborted. Sorted,
  // so that two batches with the same messages wait for each other instead of deadlocking.
  const INSERT = `
INSERT INTO inbox_messages (id, type, ${keyColumn})
SELECT m.id, m.type, m.key FROM jsonb_to_recordset($1::jsonb) AS m(id uuid, type text, key uuid)
ORDER BY m.id
ON CONFLICT (id) DO NOTHING
RETURNING id`;
  const STORED = 'SELECT id, result FROM inbox_messages WHERE id = ANY($1::uuid[])';
  // Looked up by each row, not joined: the planner would read a table of some ten thousand rows for it.
  const STORE = `
UPDATE inbox_messages m SET result = $2::jsonb -> m.id::text WHERE m.id = ANY($1::uuid[])`;

  return {
    async consumeOnce<M extends IdentifiedMessage, R>(
      tx: TransactionSql,
      messages: readonly M[],
      effect: Effect<M, R>,
    ): Promise<ConsumedMessage<M, R>[]> {
      const distinct = new Map<string, M>();
      const copies = new Map<string, number>();
      for (const message of messages) {
        if (!distinct.has(message.id)) distinct.set(message.id, message);
        copies.set(message.id, (copies.get(message.id) ?? 0) + 1);
      }
      if (distinct.size === 0) return [];

      const rows = [...distinct.values()].map(({ id, type, key }) => ({ id, type, key }));
      const inserted = await tx.$queryRawUnsafe<{ id: string }[]>(INSERT, JSON.stringify(rows));
      const isFresh = new Set(inserted.map((row) => row.id));

      const results = new Map<string, R>();
      const known = [...distinct.keys()].filter((id) => !isFresh.has(id));
      if (known.length > 0) {
        const stored = await tx.$queryRawUnsafe<{ id: string; result: R }[]>(STORED, known);
        for (const row of stored) results.set(row.id, row.result);
        const lost = known.find((id) => !results.has(id));
        if (lost !== undefined) throw new Error(`message ${lost} is neither new nor known`);
      }

      const fresh = [...distinct.values()].filter((message) => isFresh.has(message.id));
      if (fresh.length > 0) {
        const outcome = await effect(fresh);
        if (outcome.length !== fresh.length) {
          throw new Error(`${fresh.length} messages were given ${outcome.length} results`);
        }
        const stored = new Map(fresh.map(({ id }, index) => [id, outcome[index] as R]));
        for (const [id, result] of stored) results.set(id, result);
        await tx.$executeRawUnsafe(STORE, [...stored.keys()], JSON.stringify(Object.fromEntries(stored)));
      }

      return [...distinct.values()].map((message) => {
        const fresh = isFresh.has(message.id);
        const duplicates = (copies.get(message.id) ?? 0) - (fresh ? 1 : 0);
        return { message, result: results.get(message.id) as R, duplicates, fresh };
      });
    },
  };
}
