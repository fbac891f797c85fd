// The brokers of a stack's Kafka.
import { createKafka, type KafkaOptions } from './kafka.js';
import { freePorts } from './ports.js';
import type { Observer } from './supervise.js';

export interface ClusterOptions extends Pick<KafkaOptions, 'folder' | 'controllerPort'> {
  /** One for each broker. */
  readonly ports: readonly number[];
  /** Of the first broker. Clients reach the others directly. */
  readonly proxiedListeners: NonNullable<KafkaOptions['proxiedListeners']>;
}

/** Creates the brokers, which are not started yet. Only the first is a controller too. */
export async function createCluster(
  { folder, ports, controllerPort, proxiedListeners }: ClusterOptions,
  observer: Observer,
) {
  const [port = 0, ...otherPorts] = ports;
  const common = { controllerPort, brokers: ports.length };
  const first = createKafka({ ...common, folder, port, proxiedListeners }, observer);
  const others = await Promise.all(
    otherPorts.map(async (otherPort, index) => {
      const nodeId = index + 2;
      // A broker is known to clients of a listener only if it has that listener too.
      const listeners = await freePorts(proxiedListeners.length);
      return createKafka(
        {
          ...common,
          folder: `${folder}-${nodeId}`,
          port: otherPort,
          proxiedListeners: listeners.map((own) => ({ port: own, advertisedPort: own })),
          joins: { nodeId, folder },
        },
        observer,
      );
    }),
  );
  const brokers = [first, ...others];
  return {
    brokers,
    async start() {
      await first.start();
      await Promise.all(others.map((one) => one.start()));
    },
    /** Kills all brokers and deletes their logs. */
    async wipe() {
      await Promise.all(brokers.map((one) => one.wipe()));
    },
  };
}
