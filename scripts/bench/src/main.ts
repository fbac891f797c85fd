// npm run bench: starts its own stack, measures it and prints the figures.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toConnection } from '@lmt/database-url';
import { kafkaUnavailableReason, type Stack, startStack } from '@lmt/stack';
import {
  type Broker,
  brokerOption,
  createCommand,
  InvalidArgumentError,
  runCommand,
  untilInterrupted,
} from '@lmt/terminal';
import pg from 'pg';
import { measure } from './phases.js';
import { formatReport } from './report.js';

interface BenchOptions {
  readonly broker?: Broker;
  readonly quick?: boolean;
  readonly json?: string;
  readonly browsers: number;
}

const log = console.error;

/** Connects to the order database as the superuser, because CHECKPOINT requires it. */
async function connectToOrders({ adminUrl, databases }: Stack) {
  const { href } = Object.assign(new URL(adminUrl), { pathname: new URL(databases.order).pathname });
  const client = new pg.Client(toConnection(href, { applicationName: 'bench' }));
  // If the connection is lost, the next query fails.
  client.on('error', () => {});
  await client.connect();
  return client;
}

async function runBench({ quick = false, broker, json, browsers }: BenchOptions, signal: AbortSignal) {
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
      instances: { console: browsers > 0 ? 1 : 0 },
      env: { LOG_LEVEL: 'info', LOG_FORMAT: 'json' },
      log,
      signal,
    });
    database = await connectToOrders(stack);
    const results = await measure({ stack, database, signal, log }, { quick, browsers });
    if (json) await writeFile(json, `${JSON.stringify(results, null, 2)}\n`);
    console.log(formatReport(results));
  } finally {
    if (stack) log('stopping ...');
    await database?.end().catch(() => {});
    await stack?.stop();
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

function readNumber(text: string): number {
  if (/^\d{1,3}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('expected a number from 0 to 999');
}

const command = createCommand('bench', 'Starts its own system and measures it.')
  .option('--quick', 'halves the duration of each phase')
  .addOption(brokerOption())
  .option('--browsers <number>', 'keeps the console open in so many browsers', readNumber, 0)
  .option('--json <file>', 'also writes the figures to a file')
  .addHelpText(
    'after',
    '\nThe data is in a temporary folder, which is removed at the end. TMPDIR chooses the disk.',
  )
  .action((options) => untilInterrupted((signal) => runBench(options, signal)));

await runCommand(command);
