// npm run verify: checks the invariants on the data of the running demo, or of any other system.
import { parseArgs } from 'node:util';
import { requireDemo } from '@lmt/demo';

const usage = `npm run verify                        reads both databases and the broker of the running demo
npm run verify -- --settled           besides, nothing may be unfinished any more; without it I10, and the
                                      consumer's lag, are checked only when nothing is
npm run verify -- --order-url postgresql://... --inventory-url postgresql://... [--kafka host:port]
The same from the environment: ORDER_DATABASE_URL, INVENTORY_DATABASE_URL, KAFKA_BROKERS.

It only reads. Exit 0: everything holds. 1: something does not. 2: it can't be read.`;

/** The URL itself is not shown: it carries a password. */
function requireDatabaseUrl(option: string, url: string) {
  if (url === undefined) return;
  const { protocol = '', pathname = '' } = URL.canParse(url) ? new URL(url) : {};
  if (/^postgres(ql)?:$/.test(protocol) && pathname.length > 1) return;
  const example = 'postgresql://user:password@127.0.0.1:5432/database';
  throw new Error(`${option} is wrong: expected a URL such as ${example}`);
}

async function findSubject(orderUrl: string, inventoryUrl: string, kafka: string) {
  requireDatabaseUrl('--order-url', orderUrl);
  requireDatabaseUrl('--inventory-url', inventoryUrl);
  if (orderUrl && inventoryUrl) return { orderUrl, inventoryUrl, kafka: kafka ? { bootstrap: kafka } : null };
  if (orderUrl || inventoryUrl || kafka)
    throw new Error(`--order-url and --inventory-url belong together\n\n${usage}`);
  const { databases, broker } = await requireDemo(process.env, 'name the databases (--help)');
  return { orderUrl: databases.order, inventoryUrl: databases.inventory, kafka: broker };
}

async function main() {
  const { values } = parseArgs({
    options: {
      'order-url': { type: 'string' },
      'inventory-url': { type: 'string' },
      kafka: { type: 'string' },
      settled: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    console.log(usage);
    return;
  }
  const { 'order-url': orderUrl, 'inventory-url': inventoryUrl, kafka } = values;
  const { ORDER_DATABASE_URL, INVENTORY_DATABASE_URL, KAFKA_BROKERS } = process.env;
  const named = [orderUrl, inventoryUrl, kafka].some((value) => value !== undefined);
  const subject =
    !named && ORDER_DATABASE_URL && INVENTORY_DATABASE_URL
      ? await findSubject(ORDER_DATABASE_URL, INVENTORY_DATABASE_URL, KAFKA_BROKERS)
      : await findSubject(orderUrl, inventoryUrl, kafka);
  // Only now: what these import is there once the demo, or npm run build, has installed it.
  const [{ verify }, { describeCheck }] = await Promise.all([
    import('./verify.js'),
    import('./describe-checks.js'),
  ]);
  const { ok, checks } = await verify({ ...subject, settled: values.settled });
  for (const check of checks) console.log(describeCheck(check));
  process.exitCode = ok ? 0 : 1;
}

await main().catch((error) => {
  console.error(error.message);
  process.exitCode = 2;
});
