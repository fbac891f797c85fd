export { applyMigrations } from './apply-migrations.js';
export { databaseFailure, databaseReason, isRolledBack } from './database-error.js';
export { andCommit } from './pipeline-transactions.js';
export { databaseCheck, type PostgresOptions, prismaOptions } from './prisma-options.js';
export { type ProvisionedUrls, provision, type Role } from './provision.js';
