import type pg from 'pg';
import { toQuery } from './statement.js';

const MARK = '/* and commit */ ';

/**
 * Marks the last statement of a transaction, so that COMMIT is sent along with it. The statement's
 * promise resolves only after the commit. The transaction's callback must return right after it:
 * if the callback throws afterwards, the caller sees an error although the transaction committed.
 */
export const andCommit = (statement: string): string => MARK + statement;

/** The methods for plain SQL of Prisma's transaction client. A client outside a transaction does not fit. */
export interface TransactionSql {
  readonly $disconnect?: never;
  $queryRawUnsafe<T = unknown>(text: string, ...values: unknown[]): Promise<T>;
  $executeRawUnsafe(text: string, ...values: unknown[]): Promise<number>;
}

type Query = pg.QueryConfig;
type Result = pg.QueryResult;

/** Waits for both replies and returns the second. An error of the first is the cause of the second. */
async function settleBoth(first: Promise<unknown>, second: Promise<Result>): Promise<Result> {
  await Promise.allSettled([first, second]);
  await first;
  return second;
}

/**
 * If BEGIN fails, a statement that is already sent takes effect by itself. Only a SELECT, such as
 * one that locks rows, is therefore sent before the reply to BEGIN. It must not call a function that
 * writes.
 */
const isRead = ({ text }: Query) => /^\s*SELECT\b/i.test(text);

class Transaction {
  readonly #client: pg.PoolClient;
  /** The reply to BEGIN, once it is sent. */
  #begun: Promise<unknown> | null = null;
  /** The commit or rollback, once it is sent. */
  #ended: Promise<unknown> | null = null;

  constructor(client: pg.PoolClient) {
    this.#client = client;
  }

  async run(query: Query): Promise<Result> {
    if (this.#ended !== null) throw new Error('a statement follows the last one of its transaction');
    const isLast = query.text.startsWith(MARK);
    if (this.#begun === null) {
      if (!isLast) return this.#runFirst(query);
      // A lone statement is a transaction of its own. Postgres replies after its commit.
      const result = this.#client.query(query);
      this.#ended = result;
      return result;
    }
    if (!isLast) return this.#runNext(query);
    const result = this.#runLast(query);
    this.#ended = result;
    return result;
  }

  async #runFirst(query: Query): Promise<Result> {
    return this.#together(() => {
      const begun = this.#client.query({ text: 'BEGIN' });
      this.#begun = begun;
      return isRead(query) ? settleBoth(begun, this.#client.query(query)) : this.#runNext(query);
    });
  }

  async #runNext(query: Query): Promise<Result> {
    await this.#begun;
    return this.#client.query(query);
  }

  /** If the statement fails, Postgres answers the COMMIT with a rollback. */
  async #runLast(query: Query): Promise<Result> {
    await this.#begun;
    return this.#together(async () => {
      const result = this.#client.query(query);
      await settleBoth(result, this.#sendCommit());
      return result;
    });
  }

  async #sendCommit(): Promise<Result> {
    const result = await this.#client.query({ text: 'COMMIT' });
    // After a failed statement, Postgres answers ROLLBACK without an error.
    if (result.command !== 'COMMIT') throw new Error('rolled back, because a statement had failed');
    return result;
  }

  /** Sends the statements that `write` writes in one packet. */
  #together<T>(write: () => T): T {
    const { stream } = this.#client.connection;
    stream.cork();
    try {
      return write();
    } finally {
      stream.uncork();
    }
  }

  /** Ends the transaction unless its last statement has, and refuses further statements. */
  finish(command: 'COMMIT' | 'ROLLBACK'): Promise<unknown> {
    const send = () => (command === 'COMMIT' ? this.#sendCommit() : this.#client.query({ text: command }));
    // Statements that wait for the reply to BEGIN are sent first.
    this.#ended ??= this.#begun === null ? Promise.resolve() : this.#begun.then(send);
    return this.#ended;
  }
}

/**
 * Runs `work` in a transaction. BEGIN is sent with a first SELECT, and COMMIT with a statement that
 * `andCommit` marks, so a transaction that reads once and writes once takes two round trips. A lone
 * marked statement takes one.
 *
 * The transaction succeeds only if Postgres has confirmed its COMMIT. If the connection is not
 * outside a transaction afterwards, the pool closes it, which rolls the transaction back.
 */
export async function transaction<T>(pool: pg.Pool, work: (tx: TransactionSql) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  const current = new Transaction(client);
  const run = async (text: string, values: readonly unknown[]) => current.run(toQuery(text, values));
  try {
    const result = await work({
      $queryRawUnsafe: async <R>(text: string, ...values: unknown[]) => (await run(text, values)).rows as R,
      $executeRawUnsafe: async (text, ...values) => (await run(text, values)).rowCount ?? 0,
    });
    await current.finish('COMMIT');
    return result;
  } catch (error) {
    // A connection whose ROLLBACK fails is closed by the pool.
    await Promise.allSettled([current.finish('ROLLBACK')]);
    throw error;
  } finally {
    client.release();
  }
}
