// npm run verify: checks the invariants on the data of the running demo, or of any other system.
import { DatabaseUrlError, readDatabaseUrl } from '@lmt/database-url';
import { parseKafkaSecurity } from '@lmt/service-kit/kafka-security';
import { ArgumentError, createCommand, requireDemo, runCommand } from '@lmt/terminal';
import { toReport } from './invariants.js';
import type { Subject } from './look.js';
import { verify } from './verify.js';

interface Options {
  readonly orderUrl?: string;
  readonly inventoryUrl?: string;
  readonly kafka?: string;
  readonly settled: boolean;
  readonly json: boolean;
}

/** The error does not show the URL, because it contains a password. */
function requireDatabaseUrl(option: string, value: string | undefined): string {
  if (!value)
    throw new ArgumentError(
      '--order-url and --inventory-url must be given together, and so must their variables (--help)',
    );
  try {
    readDatabaseUrl(value);
    return value;
  } catch (error) {
    if (!(error instanceof DatabaseUrlError)) throw error;
    throw new ArgumentError(`${option} is wrong: ${error.message}`);
  }
}

/** Takes the databases from the options, else from the environment, else from the running demo. */
async function findSubject(options: Options): Promise<Subject> {
  const { ORDER_DATABASE_URL, INVENTORY_DATABASE_URL, KAFKA_BROKERS } = process.env;
  const { KAFKA_TOPIC_PREFIX: topicPrefix, KAFKA_GROUP_ID: groupId } = process.env;
  let { orderUrl, inventoryUrl, kafka } = options;
  if (orderUrl === undefined && inventoryUrl === undefined && kafka === undefined) {
    if (!ORDER_DATABASE_URL && !INVENTORY_DATABASE_URL) {
      const { auditorDatabases: databases, broker } = await requireDemo(
        process.env,
        'name the databases (--help)',
      );
      return { orderUrl: databases.order, inventoryUrl: databases.inventory, kafka: broker };
    }
    [orderUrl, inventoryUrl, kafka] = [ORDER_DATABASE_URL, INVENTORY_DATABASE_URL, KAFKA_BROKERS];
  }
  return {
    orderUrl: requireDatabaseUrl('--order-url', orderUrl),
    inventoryUrl: requireDatabaseUrl('--inventory-url', inventoryUrl),
    kafka: {
      bootstrap: kafka || null,
      security: kafka ? parseKafkaSecurity(process.env) : undefined,
      topicPrefix,
      groupId: groupId || undefined,
    },
  };
}

const command = createCommand(
  'verify',
  'Checks every invariant on both databases and the broker. Only reads.',
)
  .option(
    '--order-url <url>',
    'order database (default: ORDER_DATABASE_URL; without both variables, the running demo)',
  )
  .option('--inventory-url <url>', 'inventory database (default: INVENTORY_DATABASE_URL)')
  .option('--kafka <host:port>', 'broker, to check the consumer lag (default: KAFKA_BROKERS)')
  .option('--settled', 'also fail if anything is unfinished, instead of leaving I10 and the lag open', false)
  .option('--json', 'print one JSON object: ok, checks and text', false)
  .addHelpText(
    'after',
    '\nThe topic, the group, TLS and SASL come from the KAFKA_ settings of the inventory.',
  )
  .addHelpText('after', '\nExit 0: every invariant holds. 1: an invariant fails. 2: the check could not run.')
  .action(async (options: Options) => {
    const verdict = await verify({ ...(await findSubject(options)), settled: options.settled });
    const report = toReport(verdict);
    console.log(options.json ? JSON.stringify(report) : report.text);
    process.exitCode = report.ok ? 0 : 1;
  });

await runCommand(command, { failureCode: 2 });
