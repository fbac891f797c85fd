// npm run produce: puts a record of one's own into the topic, well-formed or not, to see what becomes of it.
import { createRequire } from 'node:module';
import { parseArgs } from 'node:util';
import { requireDemo } from '@lmt/demo';

const usage = `npm run produce -- --body TEXT [--key ORDER_ID] [--id MESSAGE_ID] [--type TYPE] [--topic TOPIC]

Sends one record to Kafka, exactly as given: what is left out is missing in the record.
The topic is order-events unless named; the broker is the demo's, or that of KAFKA_BROKERS.`;

export type Options = {
  body?: string;
  key?: string;
  id?: string;
  type?: string;
  topic: string;
  help: boolean;
};

function readArguments(): Options {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    options: {
      body: text,
      key: text,
      id: text,
      type: text,
      topic: { type: 'string', default: 'order-events' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.body === undefined && !values.help) throw new Error(`--body is missing\n\n${usage}`);
  return values;
}

async function findBrokers(): Promise<string[]> {
  if (process.env.KAFKA_BROKERS) return process.env.KAFKA_BROKERS.split(',');
  const { broker } = await requireDemo(process.env, 'set KAFKA_BROKERS');
  if (broker.bootstrap === null)
    throw new Error('the demo runs without Kafka: there is no topic to write to');
  return [broker.bootstrap];
}

async function produce({ body = '', key, id, type, topic }: Options) {
  const brokers = await findBrokers();
  // The client of the services, where they have it.
  const { Kafka, logLevel } = createRequire(new URL('../packages/messaging/package.json', import.meta.url))(
    'kafkajs',
  );
  const producer = new Kafka({
    clientId: 'produce',
    brokers,
    logLevel: logLevel.NOTHING,
    connectionTimeout: 3_000,
    retry: { retries: 2, initialRetryTime: 200, maxRetryTime: 1_000 },
  }).producer({ allowAutoTopicCreation: false });
  try {
    await producer.connect();
    const [{ partition, baseOffset }] = await producer.send({
      topic,
      acks: -1,
      messages: [
        {
          key: key ?? null,
          value: body,
          headers: { ...(id && { ce_id: id }), ...(type && { ce_type: type }) },
        },
      ],
    });
    console.log(`sent: ${topic}/${partition}@${baseOffset}`);
  } finally {
    await producer.disconnect().catch(() => {});
  }
}

const complain = (exitCode: number) => (error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = exitCode;
};

async function main() {
  const options = readArguments();
  if (options.help) console.log(usage);
  else await produce(options).catch(complain(1));
}

await main().catch(complain(2));
