export { DatabaseUrlError, readDatabaseUrl, type SessionOptions, toConnection } from './database-url.js';
