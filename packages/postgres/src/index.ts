export { databaseFailure, databaseReason, isNotCommitted } from './database-error.js';
export { databaseCheck, openPool, type PostgresOptions } from './open-pool.js';
export { type ProvisionedUrls, provision, type Role } from './provision.js';
export { createSql, type SqlClient } from './sql.js';
export { andCommit, type TransactionSql, transaction } from './transaction.js';
