export { databaseFailure, databaseReason, isNotCommitted } from './database-error.js';
export { databaseCheck, openPool, type PostgresOptions } from './open-pool.js';
export { type ProvisionedUrls, printProvision, provision, toProvisionedUrls } from './provision.js';
export { REJECTED } from './provision-plan.js';
export type { Role } from './roles.js';
export { createSql, type SqlClient } from './sql.js';
export { andCommit, type TransactionSql, transaction } from './transaction.js';
