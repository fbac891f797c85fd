import { toConnection } from '@lmt/database-url';
import pg from 'pg';

/**
 * The login roles: one per kind of process, and `auditor`, which only reads. Migrations grant the
 * rights.
 */
export const ROLES = {
  owner: 'lmt_owner',
  order: 'lmt_order_service',
  relay: 'lmt_relay',
  inventory: 'lmt_inventory_service',
  auditor: 'lmt_auditor',
} as const;

export type Role = keyof typeof ROLES;

export interface ProvisionOptions {
  /** URL of a superuser, for any database of the cluster. */
  readonly adminUrl: string;
  readonly passwords: Readonly<Record<Role, string>>;
  /** Names other than the default, with which tests share one cluster. */
  readonly databases?: { readonly order: string; readonly inventory: string };
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

async function ensureRole(client: pg.Client, role: string, password: string): Promise<void> {
  const { rowCount } = await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [role]);
  const verb = rowCount === 0 ? 'CREATE' : 'ALTER';
  await client.query(
    `${verb} ROLE ${role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD ${client.escapeLiteral(password)}`,
  );
}

async function ensureDatabase(client: pg.Client, name: string, users: readonly string[]): Promise<void> {
  const database = client.escapeIdentifier(name);
  const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
  if (rowCount === 0) await client.query(`CREATE DATABASE ${database} OWNER ${ROLES.owner}`);
  await client.query(`REVOKE ALL ON DATABASE ${database} FROM PUBLIC`);
  await client.query(`GRANT CONNECT ON DATABASE ${database} TO ${users.join(', ')}`);
}

/**
 * Creates the login roles and the two databases, or brings existing ones to the same state. Each
 * database accepts only the roles that work in it, and only the owner may change its schema. The
 * cluster's default databases, open to all roles in a new cluster, accept only roles with an
 * explicit grant. Several processes may call it at once.
 */
export async function provision(options: ProvisionOptions): Promise<ProvisionedUrls> {
  const { adminUrl, passwords } = options;
  const databases = options.databases ?? { order: 'lmt_order', inventory: 'lmt_inventory' };
  const users = {
    order: [ROLES.order, ROLES.relay, ROLES.auditor],
    inventory: [ROLES.inventory, ROLES.auditor],
  };

  await withClient(adminUrl, async (client) => {
    await client.query('SELECT pg_advisory_lock($1)', [PROVISION_LOCK]);
    // The statements contain passwords, so keep them out of the server's log.
    await client.query(
      "SET log_statement = 'none'; SET log_min_duration_statement = -1; SET log_min_error_statement = 'panic'",
    );
    await client.query('REVOKE CONNECT, TEMPORARY ON DATABASE postgres, template1 FROM PUBLIC');
    for (const role of Object.keys(ROLES) as Role[]) await ensureRole(client, ROLES[role], passwords[role]);
    await client.query(`ALTER ROLE ${ROLES.auditor} SET default_transaction_read_only = on`);
    for (const name of ['order', 'inventory'] as const) {
      await ensureDatabase(client, databases[name], [ROLES.owner, ...users[name]]);
      await withClient(toUrl(adminUrl, databases[name]), async (inside) => {
        await inside.query(`ALTER SCHEMA public OWNER TO ${ROLES.owner}`);
        await inside.query('REVOKE ALL ON SCHEMA public FROM PUBLIC');
        await inside.query(`GRANT USAGE ON SCHEMA public TO ${users[name].join(', ')}`);
      });
    }
  });

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
  return Object.assign(new URL(adminUrl), { pathname: `/${database}`, ...login }).href;
}
