// The brokers of a stack's Kafka.
import { createKafka, type KafkaOptions } from './kafka.js';
import { freePorts } from './ports.js';
import type { Observer } from './supervise.js';

export interface ClusterOptions extends Pick<KafkaOptions, 'folder' | 'controllerPort'> {
  /** One for each broker. */
  readonly ports: readonly number[];
  /** Listeners of the first broker. Clients reach the other brokers directly. */
  readonly proxiedListeners: NonNullable<KafkaOptions['proxiedListeners']>;
  /** Of the first broker, like the proxied listeners. */
  readonly security: KafkaOptions['security'];
}

/** Creates the brokers but does not start them. Only the first broker is also a controller. */
export async function createCluster(
  { folder, ports, controllerPort, proxiedListeners, security }: ClusterOptions,
  observer: Observer,
) {
  const [port = 0, ...otherPorts] = ports;
  const common = { controllerPort, brokers: ports.length };
  const first = createKafka({ ...common, folder, port, proxiedListeners, security }, observer);
  const others = await Promise.all(
    otherPorts.map(async (otherPort, index) => {
      const nodeId = index + 2;
      // Clients of a listener find a broker only if the broker has the same listener.
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
