// Counts the messages in a topic, for a relay that does not mark them in the database.
import { createKafkaClient } from '@lmt/messaging';

export async function openTopicSize(bootstrap: string, topic: string) {
  const client = createKafkaClient({ brokers: [bootstrap], clientId: 'bench' });
  const admin = client.kafka.admin();
  await admin.connect();
  return {
    async read() {
      const offsets = await admin.fetchTopicOffsets(topic);
      return offsets.reduce((sum, { high }) => sum + Number(high), 0);
    },
    close: () => client.destroy(),
  };
}
