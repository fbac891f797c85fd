import type pg from 'pg';

const MARK = '/* and commit */ ';

/**
 * Marks the last statement of a transaction, so that COMMIT is sent along with it. The statement's
 * promise resolves only after the commit. The transaction's callback must return right after it:
 * if the callback throws afterwards, the caller sees an error although the transaction committed.
 */
export const andCommit = (statement: string): string => MARK + statement;

type Query = pg.QueryConfig;
type Result = pg.QueryResult;
type Send = (query: Query) => Promise<Result>;

const NOTHING: Result = { command: '', rowCount: null, oid: 0, fields: [], rows: [] };

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

/** A transaction that sends BEGIN and COMMIT along with its first and last statement. */
class Transaction {
  readonly #send: Send;
  readonly #together: <T>(write: () => T) => T;
  /** The reply to BEGIN, once it is sent. */
  #begun: Promise<unknown> | null = null;
  /** The last statement and its commit, once they are sent. */
  #ended: Promise<Result> | null = null;

  constructor(send: Send, together: <T>(write: () => T) => T) {
    this.#send = send;
    this.#together = together;
  }

  async run(query: Query): Promise<Result> {
    if (this.#ended !== null) throw new Error('a statement follows the last one of its transaction');
    if (!query.text.startsWith(MARK))
      return this.#begun === null ? this.#runFirst(query) : this.#runNext(query);
    // A lone statement is a transaction of its own. Postgres replies after its commit.
    this.#ended = this.#begun === null ? this.#send(query) : this.#runLast(query);
    return this.#ended;
  }

  async #runFirst(query: Query): Promise<Result> {
    return this.#together(() => {
      const begun = this.#send({ text: 'BEGIN' });
      this.#begun = begun;
      return isRead(query) ? settleBoth(begun, this.#send(query)) : this.#runNext(query);
    });
  }

  async #runNext(query: Query): Promise<Result> {
    await this.#begun;
    return this.#send(query);
  }

  /** If the statement fails, Postgres answers the COMMIT with a rollback. */
  async #runLast(query: Query): Promise<Result> {
    await this.#begun;
    return this.#together(async () => {
      const result = this.#send(query);
      await settleBoth(result, this.#sendCommit());
      return result;
    });
  }

  async #sendCommit(): Promise<Result> {
    const result = await this.#send({ text: 'COMMIT' });
    // Postgres also answers so without an error.
    if (result.command !== 'COMMIT') throw new Error('rolled back, because a statement had failed');
    return result;
  }

  async commit(): Promise<Result> {
    if (this.#ended !== null) return this.#ended;
    if (this.#begun === null) return NOTHING;
    await this.#begun;
    return this.#sendCommit();
  }

  async rollback(): Promise<Result> {
    if (this.#begun === null || this.#ended !== null) {
      await this.#ended?.catch(() => {});
      return NOTHING;
    }
    const begun = await this.#begun.then(
      () => true,
      () => false,
    );
    return begun ? this.#send({ text: 'ROLLBACK' }) : NOTHING;
  }
}

/**
 * Saves the transactions of Prisma's adapter round trips. The adapter awaits the reply to BEGIN
 * before the first statement and sends COMMIT after the last one. Here BEGIN goes out with the first
 * statement, and COMMIT with a statement marked by `andCommit`. Needs a pool with `pipeline: true`.
 *
 * A transaction succeeds only if Postgres has confirmed its COMMIT. A connection that is released
 * inside a transaction is closed, which rolls the transaction back.
 */
export function pipelineTransactions(pool: pg.Pool): void {
  pool.on('connect', (client) => {
    const query = client.query.bind(client);
    const send: Send = (config) => query(config);
    const { stream } = client.connection;
    const together = <T>(write: () => T): T => {
      stream.cork();
      try {
        return write();
      } finally {
        stream.uncork();
      }
    };
    let transaction: Transaction | null = null;

    async function run(config: Query): Promise<Result> {
      if (config.text === 'BEGIN') {
        transaction = new Transaction(send, together);
        return NOTHING;
      }
      if (transaction === null) return send(config);
      const current = transaction;
      if (config.text !== 'COMMIT' && config.text !== 'ROLLBACK') return current.run(config);
      transaction = null;
      return config.text === 'COMMIT' ? current.commit() : current.rollback();
    }

    // Statements outside a transaction come from the pool, with a callback.
    Object.assign(client, {
      query: (config: Query, ...rest: []) => (rest.length === 0 ? run(config) : query(config, ...rest)),
    });
  });
  pool.on('release', (_error, client) => {
    if (client.getTransactionStatus() !== 'I') client.end().catch(() => {});
  });
}
