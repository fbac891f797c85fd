import { CONNECT_TIMEOUT_MS, type PostgresAdapterOptions, postgresAdapter } from '@lmt/postgres';
import { type Prisma, PrismaClient } from './generated/client.js';

export type OrderDatabase = PrismaClient;
/** The client inside `$transaction`. */
export type OrderTransaction = Prisma.TransactionClient;

/** A client of the order database. It connects at its first query and again after an outage. */
export function connectOrderDatabase(options: PostgresAdapterOptions): OrderDatabase {
  const { connectTimeoutMs = CONNECT_TIMEOUT_MS } = options;
  return new PrismaClient({
    adapter: postgresAdapter(options),
    // A transaction waits for its connection, and a little more.
    transactionOptions: { maxWait: connectTimeoutMs + 2_000, timeout: 15_000 },
  });
}
