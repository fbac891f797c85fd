// Postgres and Kafka as processes of a stack.
import { join } from 'node:path';
import { createKafka, type Kafka, type ProxiedListener } from './kafka.js';
import { freePorts, type Ports } from './ports.js';
import { createPostgres, type Postgres } from './postgres.js';
import type { Processes } from './processes.js';
import type { Proxies } from './proxies.js';

export interface DatastoresOptions {
  readonly folder: string;
  readonly ports: Required<Ports>;
  readonly withKafka: boolean;
  readonly postgresPassword: string;
  readonly processes: Processes;
  readonly proxies: Proxies;
  /** The service instances that may reach Kafka through a proxy. */
  readonly kafkaClients: readonly string[];
}

export interface Datastores {
  readonly postgres: Postgres;
  readonly kafka: Kafka | null;
  /** By service instance. */
  readonly proxiedListeners: ReadonlyMap<string, ProxiedListener>;
}

/** Adds the datastores to the processes, not yet started. */
export async function addDatastores({
  folder,
  ports,
  withKafka,
  postgresPassword,
  processes,
  proxies,
  kafkaClients,
}: DatastoresOptions): Promise<Datastores> {
  const postgres = await createPostgres({
    folder: join(folder, 'postgres'),
    port: ports.postgres,
    password: postgresPassword,
    onLine: processes.recordLines('postgres'),
  });
  processes.add('postgres', postgres);
  const proxiedListeners = new Map<string, ProxiedListener>();
  if (!withKafka) return { postgres, kafka: null, proxiedListeners };
  for (const name of kafkaClients) {
    if (!proxies.isWanted(`${name}->kafka`)) continue;
    const [port = 0] = await freePorts(1);
    proxiedListeners.set(name, { port, advertisedPort: await proxies.portTo(`${name}->kafka`, port) });
  }
  const kafka = createKafka({
    folder: join(folder, 'kafka'),
    port: ports.kafka,
    controllerPort: ports.kafkaController,
    proxiedListeners: [...proxiedListeners.values()],
    onLine: processes.recordLines('kafka'),
  });
  processes.add('kafka', kafka);
  return { postgres, kafka, proxiedListeners };
}
