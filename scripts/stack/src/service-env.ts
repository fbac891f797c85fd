// The environment variables of each service.

export type Service = 'order' | 'relay' | 'inventory';

export interface Credentials {
  /** Each service's own login. */
  readonly databases: { readonly order: string; readonly relay: string; readonly inventory: string };
  readonly callbackSecret: string;
  readonly adminToken: string;
}

export interface Wiring extends Credentials {
  readonly broker: { readonly kind: 'kafka' | 'direct'; readonly bootstrap: string | null };
  /** Base URL. */
  readonly orderInternal: string;
  /** Base URL. */
  readonly inventoryInternal: string;
}

/** The secrets of one service: only those that it needs. */
export function serviceSecrets(
  service: Service,
  broker: 'kafka' | 'direct',
  { databases, callbackSecret, adminToken }: Credentials,
): Record<string, string> {
  const CALLBACK_SECRET = callbackSecret;
  const ADMIN_TOKEN = adminToken;
  switch (service) {
    case 'order':
      return { ORDER_DATABASE_URL: databases.order, CALLBACK_SECRET, ADMIN_TOKEN };
    case 'relay':
      return {
        ORDER_DATABASE_URL: databases.relay,
        ...(broker === 'direct' ? { CALLBACK_SECRET } : {}),
      };
    case 'inventory':
      return { INVENTORY_DATABASE_URL: databases.inventory, CALLBACK_SECRET, ADMIN_TOKEN };
  }
}

export function createServiceEnv(
  service: Service,
  { port, internalPort }: { readonly port: number | null; readonly internalPort: number },
  wiring: Wiring,
): Record<string, string> {
  const { broker, orderInternal, inventoryInternal } = wiring;
  const common = {
    HOST: '127.0.0.1',
    ...(port === null ? {} : { PORT: String(port) }),
    INTERNAL_HOST: '127.0.0.1',
    INTERNAL_PORT: String(internalPort),
    ...serviceSecrets(service, broker.kind, wiring),
  };
  if (service === 'order') return common;
  const transport = {
    BROKER: broker.kind,
    ...(broker.bootstrap ? { KAFKA_BROKERS: broker.bootstrap } : {}),
  };
  if (service === 'inventory') {
    return { ...common, ...transport, CALLBACK_URL: `${orderInternal}/internal/message-results` };
  }
  const direct = broker.kind === 'direct' ? { DIRECT_URL: `${inventoryInternal}/internal/messages` } : {};
  return { ...common, ...transport, ...direct };
}
