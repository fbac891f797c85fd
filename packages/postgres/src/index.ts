export { applyMigrations } from './apply-migrations.js';
export { databaseCheck } from './database-check.js';
export { type DatabaseFailure, databaseFailure } from './database-error.js';
export { CONNECT_TIMEOUT_MS, type PostgresAdapterOptions, postgresAdapter } from './postgres-adapter.js';
export { type ProvisionedUrls, type ProvisionOptions, provision, ROLES, type Role } from './provision.js';
