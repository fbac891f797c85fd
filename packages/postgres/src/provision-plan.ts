import pg from 'pg';
import { type Database, ROLES, type Role, USERS } from './roles.js';

/** SQL for one database. The rows of a `generate` step are the statements to run. */
export interface ProvisionStep {
  readonly database: Database | 'admin';
  readonly kind: 'run' | 'generate';
  readonly sql: string;
}

export interface ProvisionPlan {
  /** The verifier that the server stores for each role's password. */
  readonly verifiers: Readonly<Record<Role, string>>;
  readonly databases: Readonly<Record<Database, string>>;
  /** Also reserves the default databases of the cluster, which a new cluster opens to all roles. */
  readonly ownsCluster?: boolean;
  /** Whether to stop if a role exists, before anything is changed. */
  readonly keepsRoles?: boolean;
}

const { escapeIdentifier, escapeLiteral } = pg;

/** SQLSTATE of an error whose message states the reason completely: duplicate_object. */
export const REJECTED = '42710';

/** Raises an error if the query returns a message. */
const rejectIf = (query: string, code = REJECTED) => `SELECT format('DO %L',
  format('BEGIN RAISE EXCEPTION USING MESSAGE = %L, ERRCODE = %L; END', found.message, '${code}')) AS statement
FROM (${query}) AS found`;

/** insufficient_privilege. */
const DENIED = '42501';

// Without this check, a login without CREATEDB would leave the roles, which then end a second run.
const MISSING_RIGHTS = `SELECT format('the role %s lacks CREATEROLE or CREATEDB', rolname) AS message
  FROM pg_roles WHERE rolname = current_user AND NOT (rolsuper OR rolcreaterole AND rolcreatedb)`;

const EXISTING_ROLES = `SELECT
  'the server already has the roles of another installation (--replace-roles): '
    || string_agg(rolname, ', ' ORDER BY rolname) AS message
  FROM pg_roles WHERE rolname IN (${Object.values(ROLES).map(escapeLiteral).join(', ')}) HAVING count(*) > 0`;

const findForeignDatabases = (names: readonly string[]) => `SELECT
  format('the role %s owns the database %s: choose another name', rolname, datname) AS message
  FROM pg_database JOIN pg_roles ON pg_roles.oid = datdba
  WHERE datname IN (${names.map(escapeLiteral).join(', ')}) AND rolname <> '${ROLES.owner}'`;

const createRole = (role: string, verifier: string) => `DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '${role}') THEN CREATE ROLE ${role}; END IF;
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = '${role}'
      AND (rolsuper OR rolcreatedb OR rolcreaterole OR rolreplication OR rolbypassrls)) THEN
    ALTER ROLE ${role} NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
  END IF;
END $$;
ALTER ROLE ${role} LOGIN PASSWORD ${escapeLiteral(verifier)};`;

// Without superuser rights, only a member of a role can create a database that the role owns.
const JOIN_OWNER = `DO $$ BEGIN
  IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
    EXECUTE format('GRANT ${ROLES.owner} TO %I', current_user)
      || CASE WHEN current_setting('server_version_num')::int >= 160000
        THEN ' WITH INHERIT TRUE, SET TRUE' ELSE '' END;
  END IF;
END $$;`;

const LEAVE_OWNER = `DO $$ BEGIN
  IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
    EXECUTE format('REVOKE ${ROLES.owner} FROM %I', current_user);
  END IF;
END $$;`;

const createDatabase = (name: string) => `SELECT ${escapeLiteral(
  `CREATE DATABASE ${escapeIdentifier(name)} OWNER ${ROLES.owner}`,
)} AS statement
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = ${escapeLiteral(name)})`;

const reserveDatabase = (name: string, users: readonly string[]) =>
  `REVOKE ALL ON DATABASE ${escapeIdentifier(name)} FROM PUBLIC;
GRANT CONNECT ON DATABASE ${escapeIdentifier(name)} TO ${[ROLES.owner, ...users].join(', ')};`;

// Before Postgres 15, only a superuser controls the schema `public`. Since then the database's
// owner does.
const reserveSchema = (users: readonly string[]) => `DO $$ BEGIN
  IF (SELECT pg_has_role(nspowner, 'USAGE') FROM pg_namespace WHERE nspname = 'public') THEN
    ALTER SCHEMA public OWNER TO ${ROLES.owner};
    REVOKE ALL ON SCHEMA public FROM PUBLIC;
    GRANT USAGE ON SCHEMA public TO ${users.join(', ')};
  ELSE
    RAISE WARNING 'only a superuser can close the schema public of database %: every login of this database can create objects in it',
      current_database();
  END IF;
END $$;`;

/** Plans the roles and databases. Every step can be repeated and needs CREATEROLE and CREATEDB. */
export function planProvision({
  verifiers,
  databases,
  ownsCluster = false,
  keepsRoles = false,
}: ProvisionPlan): ProvisionStep[] {
  const run = (sql: string, database: ProvisionStep['database'] = 'admin') =>
    ({ database, kind: 'run', sql }) as const;
  const generate = (sql: string) => ({ database: 'admin', kind: 'generate', sql }) as const;
  const names = ['order', 'inventory'] as const;
  return [
    generate(rejectIf(MISSING_RIGHTS, DENIED)),
    ...(keepsRoles ? [generate(rejectIf(EXISTING_ROLES))] : []),
    generate(rejectIf(findForeignDatabases(Object.values(databases)))),
    ...(ownsCluster ? [run('REVOKE CONNECT, TEMPORARY ON DATABASE postgres, template1 FROM PUBLIC;')] : []),
    ...(Object.keys(ROLES) as Role[]).map((role) => run(createRole(ROLES[role], verifiers[role]))),
    run(`ALTER ROLE ${ROLES.auditor} SET default_transaction_read_only = on;`),
    run(JOIN_OWNER),
    ...names.flatMap((name) => [
      generate(createDatabase(databases[name])),
      run(reserveDatabase(databases[name], USERS[name])),
      run(reserveSchema(USERS[name]), name),
    ]),
    run(LEAVE_OWNER),
  ];
}

/** Formats the steps as a script of psql, which starts in the database `admin`. */
export function toScript(
  steps: readonly ProvisionStep[],
  databases: Readonly<Record<ProvisionStep['database'], string>>,
): string {
  const lines = ['\\set ON_ERROR_STOP on'];
  let current: ProvisionStep['database'] = 'admin';
  for (const { database, kind, sql } of steps) {
    if (database !== current) lines.push(`\\connect ${escapeIdentifier(databases[database])}`);
    current = database;
    lines.push(kind === 'generate' ? `${sql} \\gexec` : sql);
  }
  return `${lines.join('\n\n')}\n`;
}
