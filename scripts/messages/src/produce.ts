// npm run produce: sends one record, valid or not, to show how the consumer handles it.
import { createKafkaClient, explainKafkaError, type KafkaSecurity } from '@lmt/messaging';
import { parseKafkaSecurity } from '@lmt/service-kit/kafka-security';
import { createCommand, requireDemo, runCommand } from '@lmt/terminal';

interface Options {
  readonly body: string;
  readonly key?: string;
  readonly id?: string;
  readonly type?: string;
  readonly topic: string;
}

interface Broker {
  readonly brokers: string[];
  readonly topicPrefix: string;
  readonly security?: KafkaSecurity;
}

async function findBroker(): Promise<Broker> {
  const { KAFKA_BROKERS, KAFKA_TOPIC_PREFIX: topicPrefix = '' } = process.env;
  if (KAFKA_BROKERS) {
    return { brokers: KAFKA_BROKERS.split(','), topicPrefix, security: parseKafkaSecurity(process.env) };
  }
  const { broker } = await requireDemo(process.env, 'set KAFKA_BROKERS');
  if (broker.bootstrap === null) throw new Error('the demo runs without Kafka, so there is no topic');
  return { brokers: [broker.bootstrap], topicPrefix: broker.topicPrefix };
}

async function produce({ body, key, id, type, topic: name }: Options): Promise<void> {
  const { brokers, topicPrefix, security } = await findBroker();
  const topic = topicPrefix + name;
  const { kafka } = createKafkaClient({ clientId: 'produce', brokers, security });
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  try {
    await producer.connect();
    const headers = { ...(id && { ce_id: id }), ...(type && { ce_type: type }) };
    const messages = [{ key: key ?? null, value: body, headers }];
    const [sent] = await producer.send({ topic, acks: -1, messages });
    console.log(`sent: ${topic}/${sent?.partition}@${sent?.baseOffset}`);
  } catch (error) {
    throw new Error(`${topic} at ${brokers}: ${explainKafkaError(error)}`, { cause: error });
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
  .option('--topic <topic>', 'topic, without KAFKA_TOPIC_PREFIX', 'order-events')
  .addHelpText(
    'after',
    '\nThe broker comes from KAFKA_BROKERS and the other KAFKA_ settings or, without it, from the running demo.',
  )
  .action(produce);

await runCommand(command);
