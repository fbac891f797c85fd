import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { type Addition, InitError, planAddition } from './plan-addition.js';
import { type PrismaPaths, readProject, writePlan } from './prisma-files.js';

export const SOURCES = ['outbox', 'inbox'] as const;
export type Source = (typeof SOURCES)[number];

/**
 * Reads the addition from the package that `project` has installed, so that models and SQL match that
 * version.
 */
async function readAddition(source: Source, project: string): Promise<Addition> {
  const table = `${source}_messages`;
  const { resolve } = createRequire(join(project, 'package.json'));
  const read = (path: string) => readFile(resolve(`@lmt/${source}/${path}`), 'utf8');
  try {
    const [models, sql] = await Promise.all([read(`prisma/${table}.prisma`), read(`sql/${table}.sql`)]);
    return { table, models, sql };
  } catch (cause) {
    throw new InitError(`@lmt/${source} is not installed in ${project}: install it first`, { cause });
  }
}

export interface AddTablesOptions extends PrismaPaths {
  /** Folder of the project's package.json. */
  readonly project: string;
  readonly now: Date;
}

/**
 * Adds the tables of the packages to a Prisma schema and its migrations. Returns the files that it
 * wrote, none if the schema has the tables. It changes no database.
 *
 * @throws InitError if a package is not installed or the schema cannot take its tables
 */
export async function addTables(sources: readonly Source[], options: AddTablesOptions): Promise<string[]> {
  const written: string[] = [];
  for (const source of sources) {
    const addition = await readAddition(source, options.project);
    const plan = planAddition(addition, await readProject(options), options.now);
    written.push(...(await writePlan(plan, addition, options)));
  }
  return written;
}
