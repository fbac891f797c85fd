export { root } from './checkout.js';
export { type Child, describeExit, startProcess, stopProcess } from './child-process.js';
export { FAIL_POINTS, type FailPoint } from './fail-points.js';
export { installKafka, kafkaAvailable, startKafka } from './kafka.js';
export type { Links } from './links.js';
export { type LoadStockOptions, loadStock, type StockService } from './load-stock.js';
export {
  type Answer,
  createOrderClient,
  type OrderClient,
  type OrderClientOptions,
  type OrdersQuery,
  type PostOptions,
} from './order-client.js';
export { poll } from './poll.js';
export { freePorts, portProblem } from './ports.js';
export { startPostgres } from './postgres.js';
export { prepareDatabases } from './prepare-databases.js';
export { processIdentity } from './process-identity.js';
export { secretsOf } from './secrets.js';
export { type Service, serviceSecrets } from './service-env.js';
export { NODE_FLAGS } from './services.js';
export { type Ports, type Stack, startStack } from './stack.js';
export { type Fault, startTcpProxy, type TcpProxy } from './tcp-proxy.js';
