import { type PostgresAdapterOptions, postgresAdapter } from '@lmt/prisma-postgres';
import { type Prisma, PrismaClient } from './generated/client.js';

export type OrderDatabase = PrismaClient;
/** The client inside `$transaction`. */
export type OrderTransaction = Prisma.TransactionClient;

/** A client of the order database. It connects at its first query and again after an outage. */
export function connectOrderDatabase(options: PostgresAdapterOptions): OrderDatabase {
  return new PrismaClient({
    adapter: postgresAdapter(options),
    transactionOptions: { maxWait: 5_000, timeout: 15_000 },
  });
}
