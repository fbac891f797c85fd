import { readDatabaseUrl } from '@lmt/database-url';
import { describe, expect, it } from 'vitest';
import { printProvision, toProvisionedUrls } from './provision.js';
import { planProvision, toScript } from './provision-plan.js';

const databases = { order: 'my "orders"', inventory: 'stock' };
const verifiers = { owner: 'V1', order: 'V2', relay: 'V3', inventory: 'V4', auditor: 'V5' };
const plan = { verifiers, databases };

describe('the printed script', () => {
  const script = toScript(planProvision(plan), { admin: 'postgres', ...databases });

  it('stops at the first error and changes databases only for their schemas', () => {
    expect(script).toMatch(/^\\set ON_ERROR_STOP on\n/);
    expect(script.match(/^\\connect .*$/gm)).toEqual([
      '\\connect "my ""orders"""',
      '\\connect "postgres"',
      '\\connect "stock"',
      '\\connect "postgres"',
    ]);
  });

  it('creates a database only if it does not exist', () => {
    expect(script).toContain(`SELECT 'CREATE DATABASE "my ""orders""" OWNER lmt_owner' AS statement`);
    expect(script.match(/ \\gexec$/gm)).toHaveLength(4);
  });

  it('contains verifiers instead of passwords', () => {
    const passwords = { owner: 'hush', order: 'hush', relay: 'hush', inventory: 'hush', auditor: 'hush' };
    const printed = printProvision({ adminUrl: 'postgresql://dba@127.0.0.1/postgres', passwords });
    expect(printed).not.toContain('hush');
    expect(printed.match(/PASSWORD 'SCRAM-SHA-256\$/g)).toHaveLength(5);
  });
});

it('writes any name of a database into the URLs', () => {
  const passwords = { owner: 'a', order: 'b', relay: 'c', inventory: 'd', auditor: 'e' };
  const names = { order: '5% of/stock?', inventory: 'a#b' };
  const { owner } = toProvisionedUrls({ adminUrl: 'postgresql://dba@h/d', passwords, databases: names });
  expect(readDatabaseUrl(owner.order).database).toBe(names.order);
  expect(readDatabaseUrl(owner.inventory).database).toBe(names.inventory);
});

it('changes the default databases of a cluster only if the demo owns it', () => {
  const toSql = (ownsCluster: boolean) =>
    planProvision({ ...plan, ownsCluster })
      .map(({ sql }) => sql)
      .join('\n');
  expect(toSql(false)).not.toContain('template1');
  expect(toSql(true)).toContain('REVOKE CONNECT, TEMPORARY ON DATABASE postgres, template1 FROM PUBLIC');
});
