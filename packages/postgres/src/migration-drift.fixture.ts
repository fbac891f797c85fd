import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { PrismaPg } from '@prisma/adapter-pg';
import { ColumnTypeEnum, type SqlQuery, type SqlResultSet } from '@prisma/driver-adapter-utils';
import pg from 'pg';
import { vi } from 'vitest';
import { withSchemaEngine } from './schema-engine.js';

const LOCK_TIMEOUT_MS = 10_000;
/** Postgres' type "char", which the catalogs have and the adapter rejects. */
const CHAR = 18;

/** Lets the adapter read the catalogs: columns of type "char" pass it as text. */
function readCatalogs() {
  const connect = PrismaPg.prototype.connect;
  return vi.spyOn(PrismaPg.prototype, 'connect').mockImplementation(async function (this: PrismaPg) {
    const connection = await connect.call(this);
    const pool = connection.underlyingDriver();
    const query = pool.query.bind(pool);
    const queryRaw = connection.queryRaw.bind(connection);
    let chars: number[] = [];
    Object.assign(pool, {
      query: async (config: pg.QueryConfig, values: unknown[]) => {
        const result = await query(config, values);
        chars = result.fields.flatMap(({ dataTypeID }, index) => (dataTypeID === CHAR ? [index] : []));
        for (const field of result.fields)
          if (field.dataTypeID === CHAR) field.dataTypeID = pg.types.builtins.TEXT;
        return result;
      },
    });
    return Object.assign(connection, {
      queryRaw: async (statement: SqlQuery): Promise<SqlResultSet> => {
        const result = await queryRaw(statement);
        for (const index of chars) result.columnTypes[index] = ColumnTypeEnum.Character;
        return result;
      },
    });
  });
}

/**
 * Returns the SQL that migrates the database to the schema, as `prisma migrate diff`
 * does. Without differences it is a comment.
 */
export async function findDrift(url: string, schemaFile: string): Promise<string> {
  const files = [{ path: schemaFile, content: await readFile(schemaFile, 'utf8') }];
  const spy = readCatalogs();
  try {
    const { stdout } = await withSchemaEngine(url, LOCK_TIMEOUT_MS, (engine) =>
      engine.diff({
        from: { tag: 'schemaDatasource', files, configDir: dirname(schemaFile) },
        to: { tag: 'schemaDatamodel', files },
        script: true,
        exitCode: null,
        filters: { externalTables: [], externalEnums: [] },
      }),
    );
    return stdout ?? '';
  } finally {
    spy.mockRestore();
  }
}
