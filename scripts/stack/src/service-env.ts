// What each service is told, as environment variables.

export type Service = 'order' | 'relay' | 'inventory';
export interface Credentials {
  /** each service's own login */
  databases: { order: string; relay: string; inventory: string };
  callbackSecret: string;
  adminToken: string;
}
export interface Addresses {
  broker: { kind: 'kafka' | 'direct'; bootstrap: string | null };
  /** base URL */
  orderInternal: string;
  /** base URL */
  inventoryInternal: string;
}

export type Wiring = Credentials & Addresses;

/** What a service must know and nobody else may: the least of it. */
export function serviceSecrets(
  service: Service,
  broker: 'kafka' | 'direct',
  { databases, callbackSecret, adminToken }: Credentials,
): Record<string, string> {
  switch (service) {
    case 'order':
      return {
        ORDER_DATABASE_URL: databases.order,
        CALLBACK_SECRET: callbackSecret,
        ADMIN_TOKEN: adminToken,
      };
    case 'relay':
      return {
        ORDER_DATABASE_URL: databases.relay,
        ...(broker === 'direct' ? { CALLBACK_SECRET: callbackSecret } : {}),
      };
    case 'inventory':
      return {
        INVENTORY_DATABASE_URL: databases.inventory,
        CALLBACK_SECRET: callbackSecret,
        ADMIN_TOKEN: adminToken,
      };
  }
}

export function serviceEnv(
  service: Service,
  { port, internalPort }: { port: number | null; internalPort: number },
  wiring: Wiring,
): Record<string, string> {
  const { broker } = wiring;
  const listening = {
    HOST: '127.0.0.1',
    ...(port === null ? {} : { PORT: String(port) }),
    INTERNAL_HOST: '127.0.0.1',
    INTERNAL_PORT: String(internalPort),
  };
  const transport = { BROKER: broker.kind, ...(broker.bootstrap ? { KAFKA_BROKERS: broker.bootstrap } : {}) };
  const secrets = serviceSecrets(service, broker.kind, wiring);
  switch (service) {
    case 'order':
      return { ...listening, ...secrets };
    case 'relay':
      return {
        ...listening,
        ...transport,
        ...(broker.kind === 'direct' ? { DIRECT_URL: `${wiring.inventoryInternal}/internal/messages` } : {}),
        ...secrets,
      };
    case 'inventory':
      return {
        ...listening,
        ...transport,
        CALLBACK_URL: `${wiring.orderInternal}/internal/message-results`,
        ...secrets,
      };
  }
}
