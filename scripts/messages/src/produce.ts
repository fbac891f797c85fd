// npm run produce: sends one record, valid or not, to show how the consumer handles it.
import { createKafkaClient } from '@lmt/messaging';
import { createCommand, requireDemo, runCommand } from '@lmt/terminal';

interface Options {
  readonly body: string;
  readonly key?: string;
  readonly id?: string;
  readonly type?: string;
  readonly topic: string;
}

async function findBrokers(): Promise<string[]> {
  if (process.env.KAFKA_BROKERS) return process.env.KAFKA_BROKERS.split(',');
  const { broker } = await requireDemo(process.env, 'set KAFKA_BROKERS');
  if (broker.bootstrap === null) throw new Error('the demo runs without Kafka, so there is no topic');
  return [broker.bootstrap];
}

async function produce({ body, key, id, type, topic }: Options): Promise<void> {
  const { kafka } = createKafkaClient({ clientId: 'produce', brokers: await findBrokers() });
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  try {
    await producer.connect();
    const headers = { ...(id && { ce_id: id }), ...(type && { ce_type: type }) };
    const messages = [{ key: key ?? null, value: body, headers }];
    const [sent] = await producer.send({ topic, acks: -1, messages });
    console.log(`sent: ${topic}/${sent?.partition}@${sent?.baseOffset}`);
  } finally {
    await producer.disconnect().catch(() => {});
  }
}

const command = createCommand(
  'produce',
  'Sends one record to Kafka exactly as given. Omitted options are left out of the record.',
)
  .requiredOption('--body <text>', 'value of the record')
  .option('--key <order-id>', 'key of the record')
  .option('--id <message-id>', 'header ce_id')
  .option('--type <type>', 'header ce_type')
  .option('--topic <topic>', 'topic', 'order-events')
  .addHelpText('after', '\nThe broker comes from KAFKA_BROKERS or, without it, from the running demo.')
  .action(produce);

await runCommand(command);
