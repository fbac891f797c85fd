import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { toConnection } from '@lmt/database-url';
import { PrismaPg } from '@prisma/adapter-pg';
import { bindMigrationAwareSqlAdapterFactory, DriverAdapterError } from '@prisma/driver-adapter-utils';
import * as engine from '@prisma/schema-engine-wasm/schema_engine_bg';
import pg from 'pg';

type SchemaEngine = engine.SchemaEngine;

// Waits for all older transactions, but no statement queues behind it.
const CONCURRENT_INDEX = /\bINDEX\s+CONCURRENTLY\b/i;

let instantiated: Promise<void> | undefined;

/**
 * Loads the WebAssembly build of Prisma's schema engine. It is part of the npm package and needs
 * neither network nor shell. The CLI would download the native engine at run time.
 */
async function instantiate(): Promise<void> {
  const file = fileURLToPath(import.meta.resolve('@prisma/schema-engine-wasm/schema_engine_bg'));
  const bytes = await readFile(file.replace(/\.js$/, '.wasm'));
  const { instance } = await WebAssembly.instantiate(bytes, {
    './schema_engine_bg.js': engine as unknown as WebAssembly.ModuleImports,
  });
  const exports = instance.exports as { __wbindgen_start(): void };
  const glue = engine as unknown as { __wbg_set_wasm(exports: unknown): void };
  glue.__wbg_set_wasm(exports);
  exports.__wbindgen_start();
}

/**
 * Sends each script as a whole, so that Postgres runs it in one transaction and rolls it back on an
 * error. The original adapter splits a script at every semicolon, even in comments and function
 * bodies, and commits each piece.
 */
class WholeScripts extends PrismaPg {
  override async connect() {
    const connection = await super.connect();
    connection.executeScript = async (script) => {
      const client = await connection.underlyingDriver().connect();
      const isConcurrent = CONCURRENT_INDEX.test(script);
      try {
        if (isConcurrent) await client.query('SET lock_timeout = 0');
        await client.query(script);
      } catch (error) {
        throw error instanceof pg.DatabaseError ? toDriverError(error) : error;
      } finally {
        client.release(isConcurrent);
      }
    };
    return connection;
  }
}

/**
 * Converts the error so that the engine's own error and record quote the server's message. The code
 * is only in the message, because the engine replaces the message of an error whose code it knows.
 */
function toDriverError(error: pg.DatabaseError): DriverAdapterError {
  const { code, severity = '', detail, column, hint } = error;
  const message = `${error.message} (SQLSTATE ${code})`;
  return new DriverAdapterError({ kind: 'postgres', code: '', severity, message, detail, column, hint });
}

/**
 * Runs `work` with a schema engine connected to `url`, then closes the connection. A script waits
 * at most `lockTimeoutMs` for a lock, because all later statements on that table queue behind it.
 */
export async function withSchemaEngine<T>(
  url: string,
  lockTimeoutMs: number,
  work: (engine: SchemaEngine) => Promise<T>,
): Promise<T> {
  instantiated ??= instantiate();
  await instantiated;
  // The engine never closes its connection, which holds an advisory lock. Ending the pool does.
  const settings = { lock_timeout: String(lockTimeoutMs) };
  const pool = new pg.Pool({
    ...toConnection(url, { applicationName: 'lmt-migrate', settings }),
    connectionTimeoutMillis: 15_000,
    max: 2,
  });
  try {
    const adapter = bindMigrationAwareSqlAdapterFactory(new WholeScripts(pool));
    const schemaEngine = await engine.SchemaEngine.new({ datamodels: undefined }, () => {}, adapter);
    try {
      return await work(schemaEngine);
    } finally {
      schemaEngine.free();
    }
  } finally {
    await pool.end();
  }
}
