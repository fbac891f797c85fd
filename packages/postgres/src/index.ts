export { applyMigrations } from './apply-migrations.js';
export { type DatabaseFailure, databaseFailure } from './database-error.js';
export {
  CONNECT_TIMEOUT_MS,
  databaseCheck,
  type PostgresAdapterOptions,
  postgresAdapter,
} from './postgres-adapter.js';
export { type ProvisionedUrls, type ProvisionOptions, provision, ROLES, type Role } from './provision.js';
