export { FAIL_POINTS, type FailPoint } from './fail-points.js';
export { java } from './inherited-env.js';
export { installJars } from './install-jars.js';
export { installKafka, kafkaUnavailableReason } from './install-kafka.js';
export { createKafka, type KafkaSecurityOptions } from './kafka.js';
export { loadStock, SAMPLE_STOCK } from './load-stock.js';
export { type Answer, createOrderClient } from './order-client.js';
export { poll } from './poll.js';
export { freePorts, type Ports, portProblem } from './ports.js';
export { createPostgres } from './postgres.js';
export {
  explainProvision,
  findUrlProblem,
  prepareDatabases,
  prepareExternalDatabases,
} from './prepare-databases.js';
export type { Proxies } from './proxies.js';
export { ensureSecrets } from './secrets.js';
export { serviceSecrets } from './service-env.js';
export { NODE_FLAGS, root } from './services.js';
export { type Stack, startStack } from './stack.js';
export { type Child, describeExit, startProcess, stopProcess } from './start-process.js';
export { type Fault, startTcpProxy, type TcpProxy } from './tcp-proxy.js';
