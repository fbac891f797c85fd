import type { OutboundRecord } from './outbound-record.js';
import type { Destination, ProducerConnection } from './producer-connection.js';

export const toPlace = ({ topic, partition }: Pick<Destination, 'topic' | 'partition'>) =>
  `${topic}/${partition}`;

type Locate = Pick<ProducerConnection, 'findDestination'>;

/** Remembers partitions that failed lately, and plans requests so that they cannot block others. */
export function createSuspects() {
  const suspects = new Set<string>();

  return {
    add(destination: Destination | null): void {
      if (destination !== null) suspects.add(toPlace(destination));
    },
    clear(destination: Destination | null): void {
      if (destination !== null) suspects.delete(toPlace(destination));
    },
    /**
     * Divides records by leader, because kafkajs fails a whole request if it cannot reach one of
     * the leaders. Suspects get separate requests.
     */
    plan(records: readonly OutboundRecord[], { findDestination }: Locate) {
      const leaders = groupBy(records, (record) => {
        const destination = findDestination(record);
        if (destination === null) return `unknown ${record.topic}`;
        const isSuspect = suspects.has(toPlace(destination));
        return isSuspect ? `suspect ${destination.leader}` : String(destination.leader);
      });
      const parts: (readonly OutboundRecord[])[] = [];
      const suspicious: (readonly OutboundRecord[])[] = [];
      for (const [name, part] of leaders) (name.startsWith('suspect') ? suspicious : parts).push(part);
      return { parts, suspicious };
    },
    groupByPartition: (records: readonly OutboundRecord[], { findDestination }: Locate) => [
      ...groupBy(records, (record) => {
        const destination = findDestination(record);
        return destination === null ? record.topic : toPlace(destination);
      }).values(),
    ],
  };
}

function groupBy<T>(items: readonly T[], toKey: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = toKey(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}
