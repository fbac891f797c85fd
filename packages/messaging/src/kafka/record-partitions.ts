import { type ICustomPartitioner, type Message, Partitioners } from 'kafkajs';

/** kafkajs' murmur2 takes time by the square of a key's length: of 1 MB, minutes of the only thread. */
const hashedLength = 1_000;

/**
 * The usual partitioner (murmur2 of the key, as Java's; of a long key's beginning only), which notes
 * where each message went: the broker answers by partition, so that is the only way to tell which
 * messages an answer covers.
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
        const key = args.message.key?.slice(0, hashedLength) ?? null;
        const partition = choose({ ...args, message: { ...args.message, key } });
        partitions.set(args.message, partition);
        return partition;
      };
    },
    partitionOf: (message) => partitions.get(message),
  };
}
