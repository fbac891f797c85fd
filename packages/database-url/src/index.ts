export { DatabaseUrlError, readDatabaseUrl, toConnection } from './database-url.js';
