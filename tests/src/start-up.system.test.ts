import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { FAIL_POINTS } from '@lmt/contracts';
import { describeExit, startProcess } from '@lmt/stack';
import { describe, expect, it, onTestFinished } from 'vitest';

type Settings = Readonly<Record<string, string>>;

const SECRET = 'a-secret-that-must-never-be-shown-0123456789';
const DATABASE = 'postgresql://user:a-password-never-shown@127.0.0.1:1/nowhere';

/** Everything a service needs, so that a test spoils what it is about. */
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
};

/** Runs a service that can't start; resolves with how it ended and all that it printed. */
async function start(service: string, settings: Settings) {
  const main = fileURLToPath(new URL(`../../services/${service}/dist/main.js`, import.meta.url));
  const lines: string[] = [];
  const process_ = await startProcess(process.execPath, [main], {
    env: { PATH: process.env.PATH, ...settings },
    onLine: (line: string) => lines.push(line),
  });
  const deadline = setTimeout(() => process_.signal('SIGKILL'), 20_000);
  const exit = describeExit(await process_.exited);
  clearTimeout(deadline);
  return { exit, output: lines.join('\n') };
}

/** A port that somebody else listens on until the test ends. */
async function takenPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return (server.address() as { port: number }).port;
}

describe('a service that is set up wrongly', () => {
  it.each([
    ['order', ['ORDER_DATABASE_URL', 'CALLBACK_SECRET', 'ADMIN_TOKEN']],
    ['relay', ['ORDER_DATABASE_URL']],
    ['inventory', ['INVENTORY_DATABASE_URL', 'CALLBACK_URL', 'CALLBACK_SECRET', 'ADMIN_TOKEN']],
  ])('%s names every setting that is missing, in one message', async (service, missing) => {
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
  ] as const)('%s names every setting that is wrong, and shows no secret', async (service, wrong) => {
    const { exit, output } = await start(service, { ...GOOD[service], ...wrong });
    expect(exit).toBe('exit code 78');
    for (const name of Object.keys(wrong)) {
      // A rule between two settings is looked at once each is well-formed.
      if (name !== 'RELAY_LEASE_SECONDS') expect(output).toMatch(new RegExp(`^ +${name} +is wrong:`, 'm'));
    }
    expect(output).not.toMatch(/never-shown|short-and-secret/);
  });

  it.each(['order', 'relay', 'inventory'])(
    '%s refuses to fail on purpose unless it is tested',
    async (service) => {
      const point = Object.values(FAIL_POINTS[service as keyof typeof FAIL_POINTS])[0];
      const armed = { ...GOOD[service], FAIL_POINTS: `${point}=kill` };
      for (const env of [{}, { NODE_ENV: 'production' }]) {
        const { exit, output } = await start(service, { ...armed, ...env });
        expect(exit).toBe('exit code 78');
        expect(output).toMatch(/^ +FAIL_POINTS +is wrong: refused: .* for tests only/m);
      }
      const { exit, output } = await start(service, {
        ...GOOD[service],
        NODE_ENV: 'test',
        FAIL_POINTS: 'x=kill',
      });
      expect(exit).toBe('exit code 78');
      expect(output).toContain(
        `Points here: ${FAIL_POINTS[service as keyof typeof FAIL_POINTS].join(', ')}. Actions:`,
      );
    },
  );

  it('the relay wants a lease that outlasts a publication', async () => {
    const { exit, output } = await start('relay', {
      ...GOOD.relay,
      RELAY_LEASE_SECONDS: '5',
      PUBLISH_TIMEOUT_SECONDS: '5',
    });
    expect(exit).toBe('exit code 78');
    expect(output).toMatch(/RELAY_LEASE_SECONDS +is wrong: expected more than PUBLISH_TIMEOUT_SECONDS/);
  });

  it('the relay wants to know its receiver when there is no broker', async () => {
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
  ])('%s names %s when that port is taken', async (service, setting) => {
    const port = await takenPort();
    const { exit, output } = await start(service, { ...GOOD[service], [setting]: String(port) });
    expect(exit).toBe('exit code 1');
    expect(output).toContain(`port ${port} on 127.0.0.1 is taken`);
    expect(output).toContain(`set ${setting} to a free port`);
    expect(output).not.toMatch(/never-shown|at .*\.js:\d+/);
  });
});

/** Prisma asks for `process.stdout` at its import, which makes a pipe non-blocking. */
const WRITER = `
process.stdout;
const { createLogger } = await import(process.argv[1]);
createLogger({ service: 'test', level: 'info', format: 'json' }).info('ready');
const { writeSync } = await import('node:fs');
process.stderr.write('writing\\n');
process.stderr.write(String(writeSync(1, 'x'.repeat(5_000_000))));
`;

it('a logger waits for a reader that is behind, and does not sleep instead', async () => {
  const kit = new URL('../../packages/service-kit/dist/index.js', import.meta.url).href;
  const child = spawn(process.execPath, ['--input-type=module', '-e', WRITER, kit]);
  let told = '';
  child.stderr.on('data', (chunk) => {
    told += chunk;
    // Only now is anything read: the pipe is full long before.
    child.stdout.resume();
  });
  await once(child, 'close');
  expect(told).toBe('writing\n5000000');
});
