/** A package's addition to a database: models for the Prisma schema, and SQL for a migration. */
export interface Addition {
  /** Name of the main table, and of the migration. */
  readonly table: string;
  readonly models: string;
  readonly sql: string;
}

/** The parts of a Prisma project that matter for an addition. */
export interface PrismaProject {
  /** Text of all schema files. */
  readonly schema: string;
  /** Folder names of the migrations. */
  readonly migrations: readonly string[];
}

/** The project cannot take the addition. The message has the reason. */
export class InitError extends Error {
  override readonly name = 'InitError';
}

export interface Plan {
  /** Models to add to the schema, or null if it has the table. */
  readonly models: string | null;
  /** Folder name of the new migration, or null if there is one for the table. */
  readonly migration: string | null;
}

const PROVIDER = /^\s*provider\s*=\s*"postgres(ql)?"/m;
const MODEL = /^model\s+(\w+)/gm;
const TIMESTAMP = /^\d{14}(?=_)/;

/**
 * Decides what is missing. A table that the schema has needs nothing, because an operator may have
 * renamed or squashed its migration.
 *
 * @throws InitError
 */
export function planAddition({ table, models }: Addition, project: PrismaProject, now: Date): Plan {
  if (!PROVIDER.test(project.schema)) throw new InitError('the datasource of the schema is not postgresql');
  if (project.schema.includes(`@@map("${table}")`)) return { models: null, migration: null };
  const taken = findModels(project.schema).filter((name) => findModels(models).includes(name));
  if (taken.length > 0) throw new InitError(`the schema has another model ${taken.join(' and ')}`);
  const exists = project.migrations.some((name) => name.endsWith(`_${table}`));
  return { models, migration: exists ? null : `${nextTimestamp(project.migrations, now)}_${table}` };
}

const findModels = (schema: string) => [...schema.matchAll(MODEL)].map(([, name]) => name);

const toTimestamp = (date: Date) => date.toISOString().replaceAll(/\D/g, '').slice(0, 14);

/** Returns the current second, or a number that sorts after the last migration if that one is later. */
function nextTimestamp(migrations: readonly string[], now: Date): string {
  const last = migrations.map((name) => Number(TIMESTAMP.exec(name)?.[0] ?? 0));
  return String(Math.max(Number(toTimestamp(now)), ...last.map((timestamp) => timestamp + 1)));
}
