import { describe, expect, it } from 'vitest';
import { explainProvision, prepareExternalDatabases } from './prepare-databases.js';

const roles = { owner: 'a', order: 'b', relay: 'c', inventory: 'd', auditor: 'e' };

describe('prepareExternalDatabases', () => {
  it.each([
    ['a text that is no URL', 'dba:secret', /^ADMIN_DATABASE_URL is wrong: expected a URL/],
    [
      'a missing CA file',
      'postgresql://dba:secret@127.0.0.1/postgres?sslmode=verify-full&sslrootcert=/none.pem',
      /^ADMIN_DATABASE_URL is wrong: the file that the parameter sslrootcert/,
    ],
    [
      'an unreachable server',
      'postgresql://dba:secret@127.0.0.1:1/postgres',
      /ECONNREFUSED 127.0.0.1:1: the da/,
    ],
  ])('explains %s without the password', async (_, url, line) => {
    const error = await prepareExternalDatabases(url, { roles }, { replacesRoles: false }).catch((e) => e);
    expect(error.message).toMatch(line);
    expect(error.message).not.toContain('secret');
  });
});

describe('explainProvision', () => {
  it('names the rights that the login lacks', () => {
    const error = Object.assign(new Error('permission denied'), { code: '42501' });
    expect(explainProvision(error)).toContain('permission denied: the login needs CREATEROLE');
  });

  it('adds nothing to a complete reason', () => {
    const error = Object.assign(new Error('the server already has the roles'), { code: '42710' });
    expect(explainProvision(error)).toBe('the server already has the roles');
  });
});
