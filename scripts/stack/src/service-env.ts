// The environment variables of each service.
import type { ProxiedListener } from './kafka.js';
import type { Ports } from './ports.js';
import type { Proxies } from './proxies.js';
import { type Env, HOST, type Instance, type Service, toUrl } from './services.js';

export interface Credentials {
  /** Each service's own login. */
  readonly databases: { readonly order: string; readonly relay: string; readonly inventory: string };
  readonly callbackSecret: string;
  /** Each service's own operators' token. */
  readonly adminTokens: { readonly order: string; readonly inventory: string };
  /** A second token that both services accept. */
  readonly sharedAdminToken?: string;
  /** The console's own operators' tokens. */
  readonly consoleTokens: { readonly order: string; readonly inventory: string };
  readonly signInToken: string;
  readonly controlToken?: string | undefined;
}

/** The parts of a stack that its services connect to. */
export interface Surroundings {
  readonly credentials: Credentials;
  readonly broker: {
    readonly kind: 'kafka' | 'direct';
    readonly brokers: readonly string[];
    readonly replicationFactor: number;
    readonly topicPrefix: string;
    readonly groupId: string;
  };
  readonly ports: Required<Ports>;
  readonly instances: readonly Instance[];
  readonly proxies: Proxies;
  /** The control channel's URL, for the console. */
  readonly controlUrl: string | undefined;
  /** By instance. */
  readonly proxiedListeners: ReadonlyMap<string, ProxiedListener>;
}

/** The secrets of one service: only those that it needs. */
export function serviceSecrets(
  service: Service,
  broker: 'kafka' | 'direct',
  { databases, callbackSecret, consoleTokens, ...credentials }: Credentials,
): Record<string, string> {
  const CALLBACK_SECRET = callbackSecret;
  // The name `operator` lets the header X-Operator name the operator.
  const operators = (api: 'order' | 'inventory') => {
    const { adminTokens, sharedAdminToken } = credentials;
    const tokens = [adminTokens[api], consoleTokens[api], sharedAdminToken].filter(Boolean);
    return { ADMIN_TOKENS: tokens.map((token) => `operator:${token}`).join(',') };
  };
  switch (service) {
    case 'order':
      return { ORDER_DATABASE_URL: databases.order, CALLBACK_SECRET, ...operators('order') };
    case 'relay':
      return {
        ORDER_DATABASE_URL: databases.relay,
        ...(broker === 'direct' ? { CALLBACK_SECRET } : {}),
      };
    case 'inventory':
      return {
        INVENTORY_DATABASE_URL: databases.inventory,
        CALLBACK_SECRET,
        ...operators('inventory'),
      };
    case 'console':
      return {
        SIGN_IN_TOKEN: credentials.signInToken,
        ORDER_ADMIN_TOKEN: consoleTokens.order,
        INVENTORY_ADMIN_TOKEN: consoleTokens.inventory,
        ...(credentials.controlToken === undefined ? {} : { CONTROL_TOKEN: credentials.controlToken }),
      };
  }
}

/** Creates a service's environment, in which each connection that has a proxy uses it. */
export async function createServiceEnv(
  { name, service, port, internalPort }: Instance,
  { credentials, broker, ports, instances, proxies, proxiedListeners, controlUrl }: Surroundings,
): Promise<Env> {
  const postgresPort = await proxies.portTo(`${name}->postgres`, ports.postgres);
  const proxied = (url: string) => Object.assign(new URL(url), { port: String(postgresPort) }).href;
  const { order, relay, inventory } = credentials.databases;
  const databases = { order: proxied(order), relay: proxied(relay), inventory: proxied(inventory) };
  const common = {
    HOST,
    PORT: port?.toString(),
    INTERNAL_HOST: HOST,
    INTERNAL_PORT: String(internalPort),
    ...serviceSecrets(service, broker.kind, { ...credentials, databases }),
  };
  if (service === 'order') return common;
  if (service === 'console') {
    return {
      ...common,
      ORDER_URL: toUrl(ports.order),
      ORDER_INTERNAL_URL: toUrl(ports.orderInternal),
      INVENTORY_URL: toUrl(ports.inventory),
      INVENTORY_INTERNAL_URL: toUrl(ports.inventoryInternal),
      RELAY_INTERNAL_URL: toUrl(ports.relay),
      CONTROL_URL: controlUrl,
    };
  }
  const listener = proxiedListeners.get(name);
  const bootstrap = listener ? [`${HOST}:${listener.advertisedPort}`] : broker.brokers;
  const { replicationFactor } = broker;
  const consumer = {
    ...common,
    BROKER: broker.kind,
    KAFKA_BROKERS: bootstrap.join(',') || undefined,
    KAFKA_TOPIC_PREFIX: broker.topicPrefix,
    KAFKA_GROUP_ID: broker.groupId,
    // The shell's settings for a cluster elsewhere must not reach this Kafka.
    KAFKA_REPLICATION_FACTOR: String(replicationFactor),
    KAFKA_MIN_INSYNC_REPLICAS: String(Math.max(1, replicationFactor - 1)),
  };
  if (service === 'inventory') {
    // The second inventory reports to the second order service, if there is one.
    const target = instances.find((other) => other.name === name.replace('inventory', 'order'));
    const orderPort = await proxies.portTo(`${name}->order`, target?.internalPort ?? ports.orderInternal);
    return { ...consumer, CALLBACK_URL: `${toUrl(orderPort)}/internal/message-results` };
  }
  if (broker.kind === 'kafka') return consumer;
  const inventoryPort = await proxies.portTo(`${name}->inventory`, ports.inventoryInternal);
  return { ...consumer, DIRECT_URL: `${toUrl(inventoryPort)}/internal/messages` };
}
