import type pg from 'pg';

interface Session {
  $queryRawUnsafe<T = unknown>(text: string, ...values: unknown[]): PromiseLike<T>;
}

const READ = `SELECT sum(coalesce(hits, 0) + coalesce(reads, 0))::int AS buffers
FROM pg_stat_get_backend_io($1) WHERE object = 'relation'`;

/**
 * Runs `work` and returns how many pages its session read, whether cached or not.
 *
 * @param session must use one connection, and `work` no other
 */
export async function countBuffers(
  admin: pg.Pool,
  session: Session,
  work: () => Promise<unknown>,
): Promise<number> {
  async function read(): Promise<number> {
    // Two statements, because the flush happens at the end of the transaction.
    const [row] = await session.$queryRawUnsafe<{ pid: number }[]>(
      'SELECT pg_backend_pid() AS pid, pg_stat_force_next_flush()::text',
    );
    const { rows } = await admin.query<{ buffers: number }>(READ, [row?.pid]);
    return rows[0]?.buffers ?? Number.NaN;
  }
  const before = await read();
  await work();
  return (await read()) - before;
}
