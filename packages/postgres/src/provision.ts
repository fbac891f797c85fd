import { toConnection } from '@lmt/database-url';
import pg from 'pg';
import { type ProvisionStep, planProvision, toScript } from './provision-plan.js';
import { type Database, ROLES, type Role } from './roles.js';
import { toScramVerifier } from './scram-verifier.js';

export interface ProvisionOptions {
  /**
   * URL of a superuser, or of a login with CREATEROLE and CREATEDB, for any database of the
   * cluster.
   */
  readonly adminUrl: string;
  readonly passwords: Readonly<Record<Role, string>>;
  /** Names other than the default, with which tests share one cluster. */
  readonly databases?: Readonly<Record<Database, string>>;
  /** Also reserves the cluster's default databases for roles with a grant. Needs a superuser. */
  readonly ownsCluster?: boolean;
  /** Whether passwords of another installation's roles may be replaced. Default true. */
  readonly replacesRoles?: boolean;
  readonly onWarning?: (message: string) => void;
}

/** Connection URLs by role. */
export interface ProvisionedUrls {
  readonly owner: { readonly order: string; readonly inventory: string };
  readonly order: string;
  readonly relay: string;
  readonly inventory: string;
  readonly auditor: { readonly order: string; readonly inventory: string };
}

const PROVISION_LOCK = 5_501_870_212;
const DATABASES = { order: 'lmt_order', inventory: 'lmt_inventory' };

export async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({
    ...toConnection(url, { applicationName: 'lmt-migrate' }),
    connectionTimeoutMillis: 15_000,
  });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

function toSteps(options: ProvisionOptions, keepsRoles: boolean) {
  const { passwords, databases = DATABASES, ownsCluster = false } = options;
  const verifiers = Object.fromEntries(
    Object.entries(passwords).map(([role, password]) => [role, toScramVerifier(password)]),
  ) as Record<Role, string>;
  return planProvision({ verifiers, databases, ownsCluster, keepsRoles });
}

/**
 * Returns the statements of `provision` as a script of psql, without a connection to the server. If
 * `replacesRoles` is false, the script stops if a role exists.
 */
export function printProvision(options: ProvisionOptions): string {
  const { database: admin } = toConnection(options.adminUrl, { applicationName: 'lmt-migrate' });
  return toScript(toSteps(options, options.replacesRoles === false), {
    admin,
    ...(options.databases ?? DATABASES),
  });
}

/**
 * Creates the login roles and the two databases, or brings existing ones to the same state. Each
 * database accepts only the roles that work in it, and only the owner may change its schema. The
 * server receives SCRAM verifiers instead of passwords. Several processes may call it at once.
 *
 * @throws if `replacesRoles` is false and a role exists whose password differs
 */
export async function provision(options: ProvisionOptions): Promise<ProvisionedUrls> {
  const { adminUrl, databases = DATABASES, replacesRoles = true, onWarning = () => {} } = options;
  const urls = toProvisionedUrls(options);
  const steps = toSteps(options, !replacesRoles && !(await signsIn(urls.owner.order)));
  await withClient(adminUrl, async (client) => {
    await client.query('SELECT pg_advisory_lock($1)', [PROVISION_LOCK]);
    for (const step of steps) {
      if (step.database === 'admin') await runStep(client, step);
      else
        await withClient(toUrl(adminUrl, databases[step.database]), async (inside) => {
          inside.on('notice', ({ message = '' }) => onWarning(message));
          await runStep(inside, step);
        });
    }
  });
  return urls;
}

async function runStep(client: pg.Client, { kind, sql }: ProvisionStep): Promise<void> {
  const { rows } = await client.query<{ statement: string }>(sql);
  if (kind === 'generate') for (const { statement } of rows) await client.query(statement);
}

/** Whether the server accepts the URL's password, even if the database does not exist. */
async function signsIn(url: string): Promise<boolean> {
  try {
    await withClient(url, async () => {});
    return true;
  } catch (error) {
    return (error as { readonly code?: string }).code === '3D000';
  }
}

/** Returns the URL of each login: the address and parameters of `adminUrl`. */
export function toProvisionedUrls({
  adminUrl,
  passwords,
  databases = DATABASES,
}: ProvisionOptions): ProvisionedUrls {
  const url = (role: Role, database: string) =>
    toUrl(adminUrl, database, { username: ROLES[role], password: encodeURIComponent(passwords[role]) });
  return {
    owner: { order: url('owner', databases.order), inventory: url('owner', databases.inventory) },
    order: url('order', databases.order),
    relay: url('relay', databases.order),
    inventory: url('inventory', databases.inventory),
    auditor: { order: url('auditor', databases.order), inventory: url('auditor', databases.inventory) },
  };
}

function toUrl(
  adminUrl: string,
  database: string,
  login: { readonly username?: string; readonly password?: string } = {},
): string {
  return Object.assign(new URL(adminUrl), { pathname: `/${encodeURIComponent(database)}`, ...login }).href;
}
