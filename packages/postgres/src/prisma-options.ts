import { PrismaPg } from '@prisma/adapter-pg';
import { CONNECT_TIMEOUT_MS, openPool, type PostgresOptions } from './open-pool.js';
import { nameStatement } from './statement.js';

/** Returns options for a PrismaClient, which reconnects after an outage. */
export function prismaOptions(options: PostgresOptions) {
  const { connectTimeoutMs = CONNECT_TIMEOUT_MS } = options;
  const adapter = new PrismaPg(openPool(options), {
    disposeExternalPool: true,
    statementNameGenerator: ({ sql }) => nameStatement(sql),
  });
  // `maxWait` must be longer than the wait for a connection.
  return { adapter, transactionOptions: { maxWait: connectTimeoutMs + 2_000, timeout: 15_000 } };
}
