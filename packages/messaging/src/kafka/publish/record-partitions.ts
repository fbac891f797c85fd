import { type ICustomPartitioner, type Message, Partitioners } from 'kafkajs';

/** kafkajs' murmur2 is quadratic in the key's length: 1 MB blocks the only thread for minutes. */
const HASHED_LENGTH = 1_000;

/**
 * The usual partitioner (murmur2, as in Java, but only of a long key's beginning), which also
 * remembers the partition of each message. The broker answers by partition, so this is the only way
 * to know which messages an answer covers.
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
        const key = args.message.key?.slice(0, HASHED_LENGTH) ?? null;
        const partition = choose({ ...args, message: { ...args.message, key } });
        partitions.set(args.message, partition);
        return partition;
      };
    },
    partitionOf: (message) => partitions.get(message),
  };
}
