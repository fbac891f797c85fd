import { type ICustomPartitioner, type Message, Partitioners } from 'kafkajs';

/**
 * The usual partitioner (murmur2 of the key, as Java's), which notes where each message went: the
 * broker answers by partition, so that is the only way to tell which messages an answer covers.
 */
export function recordPartitions(): {
  readonly createPartitioner: ICustomPartitioner;
  partitionOf(message: Message): number | undefined;
} {
  const partitions = new WeakMap<Message, number>();
  return {
    createPartitioner: () => {
      const choose = Partitioners.DefaultPartitioner();
      return (args) => {
        const partition = choose(args);
        partitions.set(args.message, partition);
        return partition;
      };
    },
    partitionOf: (message) => partitions.get(message),
  };
}
