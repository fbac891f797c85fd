// The outboxes that --peers compares. The folder peers/ has a module for each.

export interface Peer {
  readonly name: string;
  /** The module in peers/ and its variant. */
  readonly module: string;
  readonly variant: string;
  /** How its consumer takes messages. */
  readonly consumption: 'message' | 'batch';
  /** Messages of its backlog: fewer where a peer publishes one at a time. */
  readonly backlog: number;
  /** Seconds of load before the first measurement, where a relay needs more than the others. */
  readonly warmUp?: number;
  /** How it is used, and what it does not do. */
  readonly notes: string;
}

const MANY = 20_000;
const FEW = 2_000;

export const PROJECT = 'this project';

export const PEERS: readonly Peer[] = [
  {
    name: 'textbook, default',
    module: 'textbook',
    variant: 'default',
    consumption: 'message',
    backlog: MANY,
    notes:
      'polls 100 rows every second in a transaction that stays open while Kafka answers. Keeps the order of a key with one relay only.',
  },
  {
    name: 'textbook, fast',
    module: 'textbook',
    variant: 'fast',
    consumption: 'message',
    backlog: MANY,
    notes: 'the same with a NOTIFY for each order and batches of 500.',
  },
  {
    name: 'textbook, fast, consumer by batch',
    module: 'textbook',
    variant: 'fast',
    consumption: 'batch',
    backlog: MANY,
    notes: 'the fast one, whose consumer takes whole batches.',
  },
  {
    name: 'graphile-worker, default',
    module: 'graphile-worker',
    variant: 'default',
    consumption: 'message',
    backlog: FEW,
    notes:
      'one job and one send a message, 10 at a time. Does not keep the order of a key. Deletes finished jobs.',
  },
  {
    name: 'graphile-worker, fast',
    module: 'graphile-worker',
    variant: 'fast',
    consumption: 'batch',
    backlog: MANY,
    notes: 'local queue of 1,000, batched completion, concurrent jobs share a send.',
  },
  {
    name: 'pg-boss, batch',
    module: 'pg-boss',
    variant: 'batch',
    consumption: 'message',
    backlog: MANY,
    notes:
      'work() with 4 workers, each of which takes a batch of 1,000 every half second, its shortest interval. Does not keep the order of a key.',
  },
  {
    name: 'pg-boss, fast',
    module: 'pg-boss',
    variant: 'fast',
    consumption: 'batch',
    backlog: MANY,
    notes: 'fetch() and complete() in a loop that a NOTIFY wakes, batches of 500.',
  },
  {
    name: 'pg-transactional-outbox',
    module: 'pg-transactional-outbox',
    variant: 'polling',
    consumption: 'message',
    backlog: FEW,
    notes:
      'polling listener, batches of 100 every 50 ms, messages of a batch in parallel and in one send. Each message has a transaction of its own. Does not keep the order of a key in this mode.',
  },
  {
    name: 'Debezium, consumer by batch',
    module: 'debezium',
    variant: 'kafka-connect',
    consumption: 'batch',
    backlog: MANY,
    warmUp: 6,
    notes:
      'Postgres connector with pgoutput and the outbox event router in Kafka Connect, standalone, polls every 10 ms, and warms up for 6 s, because the JVM compiles meanwhile. The publication has inserts only, and rows stay in the outbox. Keeps the order of a key.',
  },
];
