export { DatabaseUrlError, readDatabaseUrl, toConnection, toPooledSettings } from './database-url.js';
