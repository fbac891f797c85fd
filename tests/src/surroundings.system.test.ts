// Runs the demo with unusual variables, settings and folders of the user.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createOrderClient, freePorts, kafkaUnavailableReason, poll, root } from '@lmt/stack';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { send } from './http-client.js';

const KAFKA_IS_MISSING = (await kafkaUnavailableReason()) !== null;
const SCRIPT = join(root, 'scripts', 'run.mjs');
const PORTS = [
  'ORDER_PORT',
  'INVENTORY_PORT',
  'ORDER_INTERNAL_PORT',
  'INVENTORY_INTERNAL_PORT',
  'RELAY_PORT',
  'CONSOLE_PORT',
  'CONSOLE_INTERNAL_PORT',
  'POSTGRES_PORT',
  'KAFKA_PORT',
  'KAFKA_CONTROLLER_PORT',
];
const SHELL = {
  LC_ALL: 'C',
  LANG: 'C',
  TZ: 'Asia/Shanghai',
  NODE_ENV: 'production',
  NODE_OPTIONS: '--trace-warnings',
  NODE_TLS_REJECT_UNAUTHORIZED: '0',
  UV_THREADPOOL_SIZE: '1',
  http_proxy: 'http://127.0.0.1:1',
  HTTP_PROXY: 'http://127.0.0.1:1',
  HOST: '192.0.2.1',
  PORT: '1',
  ADMIN_TOKEN: 'of-another-program',
  BROKER: 'pigeon',
  CALLBACK_URL: 'nowhere',
  PGDATA: '/nowhere',
  PGHOST: '/nowhere',
  PGPORT: '1',
  PGUSER: 'nobody',
  PGOPTIONS: '-c search_path=nowhere',
  PGSSLMODE: 'verify-full',
  JAVA_HOME: '/nowhere',
  JAVA_TOOL_OPTIONS: '-Xmx2m',
  _JAVA_OPTIONS: '-Xmx2m',
  JDK_JAVA_OPTIONS: '-Xmx2m',
  KAFKA_OPTS: '-Xmx2m',
  KAFKA_HEAP_OPTS: '-Xmx2m',
  CLASSPATH: '/nowhere',
};

describe.skipIf(KAFKA_IS_MISSING)('the demo', () => {
  let parent: string;
  let env: NodeJS.ProcessEnv;
  let demo: ChildProcess;
  let output = '';

  const runDemo = (...args: string[]) =>
    promisify(execFile)(process.execPath, [SCRIPT, 'demo', ...args], { cwd: root, env });
  const readUrls = async () => {
    const file = await readFile(join(String(env.DEMO_DATA), 'demo.json'), 'utf8');
    return JSON.parse(file).urls as { order: string };
  };

  async function start() {
    output = '';
    demo = spawn(process.execPath, [SCRIPT, 'demo'], { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [demo.stdout, demo.stderr]) {
      stream?.on('data', (chunk) => {
        output += chunk;
      });
    }
    await poll(
      'the demo is up',
      () => {
        if (demo.exitCode !== null) throw new Error(`the demo exited:\n${output}`);
        return output.includes('Ctrl-C stops everything');
      },
      { seconds: 120 },
    );
  }

  async function stop() {
    demo.kill('SIGTERM');
    if (demo.exitCode === null) await once(demo, 'exit');
  }

  async function placeOrder() {
    const { order } = await readUrls();
    const { status, text } = await createOrderClient({ orderUrl: order }).post('/orders', {
      customerId: 'ada',
      items: [{ sku: 'KEYBOARD', quantity: 1 }],
    });
    expect(status).toBe(201);
    return String(JSON.parse(text).id);
  }

  async function readStatus(id: string) {
    const { json } = await send('GET', `${(await readUrls()).order}/orders/${id}`);
    return (json as { status: string }).status;
  }

  const expectConfirmed = (id: string) =>
    poll(`order ${id} is confirmed`, async () => (await readStatus(id)) === 'CONFIRMED', { seconds: 20 });

  beforeAll(async () => {
    parent = await mkdtemp(join(tmpdir(), 'lmt-surroundings-'));
    const free = await freePorts(PORTS.length);
    const ports = Object.fromEntries(PORTS.map((name, index) => [name, String(free[index])]));
    env = {
      ...process.env,
      ...SHELL,
      ...ports,
      DEMO_DATA: join(parent, "数据, für Bob's 100% #1"),
    };
  });

  afterAll(async () => {
    await stop();
    await rm(parent, { recursive: true, force: true });
  });

  let first: string;

  it('environment: an order is confirmed despite the variables of the shell', async () => {
    await start();
    first = await placeOrder();
    await expectConfirmed(first);
    expect(output).not.toMatch(/at .*\.js:\d+|Exception/);
  });

  it('blocked-stdout: the demo and its services continue while the terminal is blocked', async () => {
    demo.stdout?.pause();
    for (let count = 0; count < 10; count += 1) {
      await Promise.all(Array.from({ length: 100 }, placeOrder));
    }
    const last = await placeOrder();
    // The stock may be sold out by then.
    await poll('the last order is processed', async () => (await readStatus(last)) !== 'PENDING');
    expect((await runDemo('status')).stdout).toContain('relay');
    demo.stdout?.resume();
    await poll('the last order is printed', () => output.includes(last), { seconds: 20 });
  });

  it("folder-name: starts again in a folder with Chinese letters, a comma, blanks, '%' and '#'", async () => {
    await stop();
    await start();
    expect(await readStatus(first)).toBe('CONFIRMED');
    const next = await placeOrder();
    await poll('the order is processed', async () => (await readStatus(next)) !== 'PENDING');
    expect(output).not.toMatch(/at .*\.js:\d+|Exception/);
  });
});
