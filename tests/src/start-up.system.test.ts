import { createServer } from 'node:net';
import { join } from 'node:path';
import { describeExit, root, startProcess } from '@lmt/stack';
import { describe, expect, it, onTestFinished } from 'vitest';

type Settings = Readonly<Record<string, string>>;

const SECRET = 'a-secret-that-must-never-be-shown-0123456789';
const DATABASE = 'postgresql://user:a-password-never-shown@127.0.0.1:1/nowhere';

/** Complete settings of each service. */
const GOOD: Readonly<Record<string, Settings>> = {
  order: {
    ORDER_DATABASE_URL: DATABASE,
    CALLBACK_SECRET: SECRET,
    ADMIN_TOKEN: SECRET,
    PORT: '0',
    INTERNAL_PORT: '0',
  },
  relay: { ORDER_DATABASE_URL: DATABASE, INTERNAL_PORT: '0' },
  inventory: {
    INVENTORY_DATABASE_URL: DATABASE,
    CALLBACK_URL: 'http://127.0.0.1:1/internal/message-results',
    CALLBACK_SECRET: SECRET,
    ADMIN_TOKEN: SECRET,
    PORT: '0',
    INTERNAL_PORT: '0',
  },
  console: {
    ORDER_URL: 'http://127.0.0.1:1',
    ORDER_INTERNAL_URL: 'http://127.0.0.1:1',
    INVENTORY_URL: 'http://127.0.0.1:1',
    INVENTORY_INTERNAL_URL: 'http://127.0.0.1:1',
    RELAY_INTERNAL_URL: 'http://127.0.0.1:1',
    ORDER_ADMIN_TOKEN: SECRET,
    INVENTORY_ADMIN_TOKEN: SECRET,
    SIGN_IN_TOKEN: SECRET,
    PORT: '0',
    INTERNAL_PORT: '0',
  },
};

/** Runs a service that cannot start. Resolves with its exit and its output. */
async function start(service: string, settings: Settings) {
  const lines: string[] = [];
  const child = await startProcess(process.execPath, [join(root, 'services', service, 'dist', 'main.js')], {
    env: { PATH: process.env.PATH, ...settings },
    onLine: (line: string) => lines.push(line),
  });
  const deadline = setTimeout(() => child.signal('SIGKILL'), 20_000);
  const exit = describeExit(await child.exited);
  clearTimeout(deadline);
  return { exit, output: lines.join('\n') };
}

/** Occupies a port until the test finishes. */
async function takePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

describe('a service with wrong settings', () => {
  it.each([
    ['order', ['ORDER_DATABASE_URL', 'CALLBACK_SECRET', 'ADMIN_TOKEN']],
    ['relay', ['ORDER_DATABASE_URL']],
    ['inventory', ['INVENTORY_DATABASE_URL', 'CALLBACK_URL', 'CALLBACK_SECRET', 'ADMIN_TOKEN']],
    ['console', ['ORDER_URL', 'RELAY_INTERNAL_URL', 'INVENTORY_ADMIN_TOKEN', 'SIGN_IN_TOKEN']],
  ])('%s names every missing setting in one message', async (service, missing) => {
    const { exit, output } = await start(service, {});
    expect(exit).toBe('exit code 78');
    expect(output.match(/did not start/g)).toHaveLength(1);
    for (const name of missing) expect(output).toMatch(new RegExp(`^ +${name} +is not set: expected`, 'm'));
  });

  it.each([
    [
      'order',
      {
        ORDER_DATABASE_URL: 'mysql://root:a-password-never-shown@db/x',
        ADMIN_TOKEN: 'short-and-secret',
        PORT: '70000',
        LOG_LEVEL: 'loud',
      },
    ],
    [
      'relay',
      {
        RELAY_CRON: 'every second',
        RELAY_LEASE_SECONDS: '5',
        RELAY_BATCH_SIZE: 'many',
        KAFKA_BROKERS: 'nowhere',
        BROKER: 'pigeon',
      },
    ],
    [
      'inventory',
      {
        CALLBACK_URL: 'ftp://x:a-password-never-shown@y/',
        CALLBACK_SECRET: 'short-and-secret',
        INTERNAL_PORT: '-1',
      },
    ],
    [
      'console',
      {
        ORDER_URL: 'ftp://x:a-password-never-shown@y/',
        ALLOWED_HOSTS: 'http://x',
        SIGN_IN_TOKEN: 'short-and-secret',
        CONTROL_URL: 'http://127.0.0.1:1',
      },
    ],
  ] as const)('%s names every wrong setting and shows no secret', async (service, wrong) => {
    const { exit, output } = await start(service, { ...GOOD[service], ...wrong });
    expect(exit).toBe('exit code 78');
    for (const name of Object.keys(wrong)) {
      // A rule about two settings is checked only if both are well-formed.
      if (name !== 'RELAY_LEASE_SECONDS') expect(output).toMatch(new RegExp(`^ +${name} +is wrong:`, 'm'));
    }
    expect(output).not.toMatch(/never-shown|short-and-secret/);
  });

  it('the relay requires a lease longer than the publish timeout', async () => {
    const { exit, output } = await start('relay', {
      ...GOOD.relay,
      RELAY_LEASE_SECONDS: '5',
      PUBLISH_TIMEOUT_SECONDS: '5',
    });
    expect(exit).toBe('exit code 78');
    expect(output).toMatch(/RELAY_LEASE_SECONDS +is wrong: expected more than PUBLISH_TIMEOUT_SECONDS/);
  });

  it('the relay requires a receiver when there is no broker', async () => {
    const { exit, output } = await start('relay', { ...GOOD.relay, BROKER: 'direct' });
    expect(exit).toBe('exit code 78');
    expect(output).toMatch(/DIRECT_URL +is not set/);
    expect(output).toMatch(/CALLBACK_SECRET +is not set/);
  });

  it.each([
    ['order', 'PORT'],
    ['order', 'INTERNAL_PORT'],
    ['relay', 'INTERNAL_PORT'],
    ['inventory', 'PORT'],
    ['inventory', 'INTERNAL_PORT'],
    ['console', 'PORT'],
    ['console', 'INTERNAL_PORT'],
  ])('%s names %s when that port is taken', async (service, setting) => {
    const port = await takePort();
    const { exit, output } = await start(service, { ...GOOD[service], [setting]: String(port) });
    expect(exit).toBe('exit code 1');
    expect(output).toContain(`port ${port} on 127.0.0.1 is taken`);
    expect(output).toContain(`set ${setting} to a free port`);
    expect(output).not.toMatch(/never-shown|at .*\.js:\d+/);
  });
});
