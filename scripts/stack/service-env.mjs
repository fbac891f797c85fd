// What each service is told, as environment variables.

/**
 * @typedef {object} Wiring
 * @property {{ order: string, relay: string, inventory: string }} databases each service's own login
 * @property {{ kind: 'kafka' | 'direct', bootstrap: string | null }} broker
 * @property {string} callbackSecret
 * @property {string} adminToken
 * @property {string} orderInternal base URL
 * @property {string} inventoryInternal base URL
 */

/**
 * @param {'order' | 'relay' | 'inventory'} kind
 * @param {{ port: number | null, internalPort: number }} ports
 * @param {Wiring} wiring
 * @returns {Record<string, string>}
 */
export function serviceEnv(kind, { port, internalPort }, wiring) {
  const { databases, broker, callbackSecret, adminToken } = wiring;
  const listening = {
    HOST: '127.0.0.1',
    ...(port === null ? {} : { PORT: String(port) }),
    INTERNAL_HOST: '127.0.0.1',
    INTERNAL_PORT: String(internalPort),
  };
  const transport = { BROKER: broker.kind, ...(broker.bootstrap ? { KAFKA_BROKERS: broker.bootstrap } : {}) };
  switch (kind) {
    case 'order':
      return {
        ...listening,
        ORDER_DATABASE_URL: databases.order,
        CALLBACK_SECRET: callbackSecret,
        ADMIN_TOKEN: adminToken,
      };
    case 'relay':
      return {
        ...listening,
        ...transport,
        ORDER_DATABASE_URL: databases.relay,
        ...(broker.kind === 'direct'
          ? { DIRECT_URL: `${wiring.inventoryInternal}/internal/messages`, CALLBACK_SECRET: callbackSecret }
          : {}),
      };
    case 'inventory':
      return {
        ...listening,
        ...transport,
        INVENTORY_DATABASE_URL: databases.inventory,
        CALLBACK_URL: `${wiring.orderInternal}/internal/message-results`,
        CALLBACK_SECRET: callbackSecret,
        ADMIN_TOKEN: adminToken,
      };
  }
}
