export { applyMigrations } from './apply-migrations.js';
export { databaseFailure } from './database-error.js';
export {
  CONNECT_TIMEOUT_MS,
  databaseCheck,
  type PostgresAdapterOptions,
  postgresAdapter,
} from './postgres-adapter.js';
export { type ProvisionedUrls, provision, type Role } from './provision.js';
