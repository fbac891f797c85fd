import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type ProvisionedUrls, type ProvisionOptions, printProvision, provision } from './provision.js';
import { ROLES } from './roles.js';

// All test files share the cluster's roles, so they must set the same passwords.
const passwords = { owner: 'test', order: 'test', relay: 'test', inventory: 'test', auditor: 'test' };
const suffix = randomUUID().slice(0, 8);
const toDatabases = (name: string) => ({
  order: `${name}_order_${suffix}`,
  inventory: `${name}_inventory_${suffix}`,
});
const dba = `dba_${suffix}`;

describe('provision by a login with CREATEROLE and CREATEDB', () => {
  const admin = new pg.Client({ connectionString: inject('adminUrl') });
  const warnings: string[] = [];
  let options: ProvisionOptions;
  let urls: ProvisionedUrls;

  beforeAll(async () => {
    await admin.connect();
    // Creates the roles, unless another test file has.
    await provision({ adminUrl: inject('adminUrl'), passwords, databases: toDatabases('super') });
    // Since Postgres 16 only a role with the ADMIN option, such as its creator, may change a role.
    await admin.query(`CREATE ROLE ${dba} LOGIN CREATEROLE CREATEDB PASSWORD 'test'`);
    await admin.query(`GRANT CONNECT ON DATABASE postgres TO ${dba}`);
    const roles = Object.values(ROLES).join(', ');
    await admin.query(`GRANT ${roles} TO ${dba} WITH ADMIN TRUE, INHERIT FALSE, SET FALSE`);
    const adminUrl = Object.assign(new URL(inject('adminUrl')), { username: dba, password: 'test' }).href;
    const onWarning = (message: string) => warnings.push(message);
    options = { adminUrl, passwords, databases: toDatabases('plain'), onWarning };
    urls = await provision(options);
  });
  afterAll(() => admin.end());

  it('creates databases that their owner and their users reach', async () => {
    for (const url of [urls.owner.order, urls.order, urls.relay, urls.inventory, urls.auditor.order]) {
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      await client.query('SELECT 1').finally(() => client.end());
    }
  });

  it('closes the schema public of each database', async () => {
    for (const url of [urls.order, urls.inventory]) {
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      await expect(client.query('CREATE TABLE mine (id int)')).rejects.toThrow('permission denied');
      const { rows } = await client.query("SELECT has_schema_privilege('public', 'public', 'USAGE') AS open");
      expect(rows).toEqual([{ open: false }]);
      await client.end();
    }
    expect(warnings).toEqual([]);
  });

  it('can be repeated, and leaves the login outside the role of the owner', async () => {
    await provision(options);
    const { rows } = await admin.query(
      `SELECT pg_has_role('${dba}', '${ROLES.owner}', 'SET') AS "set", pg_has_role('${dba}', '${ROLES.owner}', 'USAGE') AS "use"`,
    );
    expect(rows).toEqual([{ set: false, use: false }]);
  });

  it('sends verifiers instead of passwords', async () => {
    const { rows } = await admin.query(
      `SELECT split_part(rolpassword, '$', 1) AS kind FROM pg_authid WHERE rolname = ANY($1)`,
      [Object.values(ROLES)],
    );
    expect(rows).toEqual(Array(5).fill({ kind: 'SCRAM-SHA-256' }));
  });

  it('keeps the passwords of another installation unless `replacesRoles` is set', async () => {
    const others = { owner: 'o', order: 'o', relay: 'o', inventory: 'o', auditor: 'o' };
    const foreign = { ...options, passwords: others, replacesRoles: false };
    const reason =
      'the server already has the roles of another installation (--replace-roles): lmt_auditor, ';
    await expect(provision(foreign)).rejects.toThrow(reason);
    await expect(runScript(printProvision(foreign))).rejects.toThrow(reason);
    await provision({ ...options, replacesRoles: false });
    await provision({ ...options, databases: toDatabases('next'), replacesRoles: false });
  });

  it('rejects a database that another role owns, before it changes anything', async () => {
    const name = `foreign $$ "o'${suffix}`;
    await admin.query(`CREATE DATABASE ${pg.escapeIdentifier(name)}`);
    const foreign = { ...options, databases: { order: `new_${suffix}`, inventory: name } };
    await expect(provision(foreign)).rejects.toThrow(
      `the role postgres owns the database ${name}: choose another name`,
    );
    const { rows } = await admin.query("SELECT FROM pg_database WHERE datname LIKE 'new%'");
    expect(rows).toEqual([]);
  });

  it('rejects a login without CREATEDB, before it creates a role', async () => {
    const weak = `weak_${suffix}`;
    await admin.query(`CREATE ROLE ${weak} LOGIN CREATEROLE PASSWORD 'test'`);
    await admin.query(`GRANT CONNECT ON DATABASE postgres TO ${weak}`);
    const adminUrl = Object.assign(new URL(options.adminUrl), { username: weak }).href;
    await expect(provision({ ...options, adminUrl })).rejects.toMatchObject({
      message: `the role ${weak} lacks CREATEROLE or CREATEDB`,
      code: '42501',
    });
  });

  /** Runs a printed script up to its first `\\connect`. */
  async function runScript(script: string): Promise<void> {
    const [, start = ''] = /^\\set ON_ERROR_STOP on\n(.*?)^\\connect/ms.exec(script) ?? [];
    for (const part of start.split(/(?<= \\gexec)\n/)) {
      const { rows } = await admin.query(part.replace(' \\gexec', ''));
      if (part.endsWith('\\gexec')) for (const { statement } of rows) await admin.query(statement);
    }
  }
});
