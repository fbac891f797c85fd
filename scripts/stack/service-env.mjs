// What each service is told, as environment variables.

/** @typedef {'order' | 'relay' | 'inventory'} Service */
/**
 * @typedef {object} Credentials
 * @property {{ order: string, relay: string, inventory: string }} databases each service's own login
 * @property {string} callbackSecret
 * @property {string} adminToken
 */
/**
 * @typedef {object} Addresses
 * @property {{ kind: 'kafka' | 'direct', bootstrap: string | null }} broker
 * @property {string} orderInternal base URL
 * @property {string} inventoryInternal base URL
 */

/** @typedef {Credentials & Addresses} Wiring */

/**
 * What a service must know and nobody else may: the least of it.
 *
 * @param {Service} service
 * @param {'kafka' | 'direct'} broker
 * @param {Credentials} credentials
 * @returns {Record<string, string>}
 */
export function serviceSecrets(service, broker, { databases, callbackSecret, adminToken }) {
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

/**
 * @param {Service} service
 * @param {{ port: number | null, internalPort: number }} ports
 * @param {Wiring} wiring
 * @returns {Record<string, string>}
 */
export function serviceEnv(service, { port, internalPort }, wiring) {
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
