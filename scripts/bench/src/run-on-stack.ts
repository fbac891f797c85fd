// Starts a stack for a measurement and removes it afterwards.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toConnection } from '@lmt/database-url';
import { kafkaUnavailableReason, type Stack, startStack } from '@lmt/stack';
import type { Broker } from '@lmt/terminal';
import pg from 'pg';
import { loadStatementStatistics } from './database-statistics.js';
import { changePostgresSettings, type PostgresSettings } from './postgres-settings.js';
import type { Bench } from './system.js';

const log = console.error;

/** Connects to the order database as the superuser, because CHECKPOINT requires it. */
async function connectToOrders({ adminUrl, databases }: Stack) {
  const { href } = Object.assign(new URL(adminUrl), { pathname: new URL(databases.order).pathname });
  const client = new pg.Client(toConnection(href, { applicationName: 'bench' }));
  // If the connection is lost, the next query fails.
  client.on('error', () => {});
  await client.connect();
  // The polls use the partial index of waiting messages, whatever the statistics say. A scan of the
  // table would take CPU time from the measured processes.
  await client.query('SET enable_seqscan = off');
  return client;
}

export interface StackChoices {
  readonly broker?: Broker;
  readonly instances?: Readonly<Record<string, number>>;
  readonly env?: Readonly<Record<string, string>>;
  /** Loads pg_stat_statements if this Postgres has it. */
  readonly withStatements?: boolean;
  readonly postgres?: PostgresSettings;
}

export async function runOnStack<T>(
  { broker, instances = {}, env = {}, withStatements = false, postgres }: StackChoices,
  signal: AbortSignal,
  work: (bench: Bench & { readonly hasStatements: boolean }) => Promise<T>,
): Promise<T> {
  const noKafka = broker ? null : await kafkaUnavailableReason();
  if (noKafka) log(`without Kafka: ${noKafka}. The relay sends the messages directly.`);
  signal.throwIfAborted();
  const folder = await mkdtemp(join(tmpdir(), 'lmt-bench-'));
  let stack: Stack | null = null;
  let database: pg.Client | null = null;
  try {
    stack = await startStack({
      folder,
      ...(broker ? { broker } : {}),
      instances: { console: 0, ...instances },
      env: { LOG_LEVEL: 'info', LOG_FORMAT: 'json', ...env },
      log,
      signal,
    });
    if (postgres) await changePostgresSettings(stack, postgres);
    const hasStatements = withStatements && (await loadStatementStatistics(stack));
    database = await connectToOrders(stack);
    return await work({ stack, database, signal, log, hasStatements });
  } finally {
    if (stack) log('stopping ...');
    await database?.end().catch(() => {});
    await stack?.stop();
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}
