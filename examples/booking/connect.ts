import type { Sql, TransactionSql } from '@lmt/outbox';
import pg from 'pg';

/** A database without Prisma: the four methods of a PrismaClient that the packages call. */
export interface SqlDatabase extends Omit<Sql, '$disconnect'> {
  $transaction<R>(work: (tx: TransactionSql) => Promise<R>): Promise<R>;
  $disconnect(): Promise<void>;
}

type Queryable = Pick<pg.Pool | pg.PoolClient, 'query'>;

const toSql = (queryable: Queryable): TransactionSql => ({
  $queryRawUnsafe: async <T>(text: string, ...values: unknown[]) =>
    (await queryable.query(text, values)).rows as T,
  $executeRawUnsafe: async (text, ...values) => (await queryable.query(text, values)).rowCount ?? 0,
});

export function connect(url: string): SqlDatabase {
  const pool = new pg.Pool({ connectionString: url, max: 5 });
  pool.on('error', (error) => console.error('an idle connection failed:', error));
  return {
    ...toSql(pool),
    async $transaction(work) {
      const client = await pool.connect();
      try {
        await client.query('BEGIN');
        const result = await work(toSql(client));
        await client.query('COMMIT');
        client.release();
        return result;
      } catch (error) {
        // Closing the connection rolls back, even if the connection is broken.
        client.release(true);
        throw error;
      }
    },
    $disconnect: () => pool.end(),
  };
}
