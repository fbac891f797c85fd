import { EventEmitter } from 'node:events';
import type pg from 'pg';
import { READ_ONLY, STALE_STATEMENT } from './database-error.js';

/**
 * Replaces all connections of a pool after an error that only a stale connection returns. After
 * ALTER TYPE or a failover all connections are stale. Idle connections close at once, the others
 * when their transaction releases them. The failed connection must stay open until then, because
 * Prisma still sends ROLLBACK on it.
 */
export function replaceStaleConnections(pool: pg.Pool): void {
  // Counts the replacements. A connection is stale if it is older than the last one.
  let generation = 0;
  const births = new WeakMap<pg.PoolClient, number>();
  const isStale = (client: pg.PoolClient) => births.get(client) !== generation;

  pool.on('connect', (client) => {
    births.set(client, generation);
    if (!('connection' in client && client.connection instanceof EventEmitter)) return;
    client.connection.on('errorMessage', ({ code = '' }: pg.DatabaseError) => {
      // An error of a connection that is already being replaced must not replace the new ones.
      if (isStale(client) || !(STALE_STATEMENT.test(code) || READ_ONLY.test(code))) return;
      generation += 1;
      // The pool closes a connection only on release, so acquire each idle one and release it.
      for (let idle = pool.idleCount; idle > 0; idle -= 1) {
        pool.connect().then(
          (acquired) => acquired.release(),
          () => {},
        );
      }
    });
  });
  // The pool removes a released client that is ending.
  pool.on('release', (_error, client) => {
    if (isStale(client)) client.end().catch(() => {});
  });
}
