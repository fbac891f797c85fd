import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createKafkaClient } from '@lmt/messaging';
import { createOrderClient, freePorts, loadStock, poll, root, type Stack, startStack } from '@lmt/stack';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it, onTestFailed } from 'vitest';
import { send } from './http-client.js';
import { type Acl, type Admin, parseKafkaCommands, readKafkaPage } from './kafka-commands.js';
import { type SecuredKafka, secureKafka } from './secured-kafka.js';
import { kafkaUnavailable } from './system.fixture.js';

type Login = keyof SecuredKafka['logins'];

const SKU = 'SKU-1';

describe.skipIf(kafkaUnavailable !== null)('the processes on a Kafka with SASL_SSL and ACLs', () => {
  let folder: string;
  let stack: Stack;
  let secured: SecuredKafka;
  let client: ReturnType<typeof createOrderClient>;
  let page: string;
  let acls: Acl[];
  /** Lines that a process had printed before its last start. */
  const startedAt = { relay: 0, inventory: 0 };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lmt-secured-'));
    const [saslPort = 0, tlsPort = 0] = await freePorts(2);
    const kafka = await secureKafka(join(folder, 'certificates'), [saslPort, tlsPort]);
    secured = kafka.secured;
    stack = await startStack({
      folder,
      broker: 'kafka',
      kafkaSecurity: kafka.security,
      // The first start is on the listener without TLS, with other topics.
      env: { KAFKA_TOPIC_PREFIX: 'unsecured.' },
    });
    client = createOrderClient({ orderUrl: stack.urls.order });
    await loadStock(stack, { [SKU]: 10 });

    page = await readKafkaPage();
    const commands = parseKafkaCommands(page);
    acls = commands.acls;
    await administer(async (admin) => {
      await admin.createTopics({ topics: commands.topics, waitForLeaders: true });
      await admin.createAcls({ acl: acls });
    });
    await Promise.all([
      restart('relay', await connectAs('relay')),
      restart('inventory', await connectAs('inventory')),
    ]);
    await Promise.all([stack.ready('relay'), stack.ready('inventory')]);
  });

  afterAll(async () => {
    await client?.close();
    await stack?.killAll();
    await rm(folder, { recursive: true, force: true });
  });

  /** The settings that the page exports, here with a file for each password. */
  async function connectAs(login: Login, password = secured.logins[login]) {
    const passwordFile = join(folder, `password-of-${login}`);
    await writeFile(passwordFile, password);
    return {
      KAFKA_BROKERS: secured.saslBootstrap,
      KAFKA_SECURITY_PROTOCOL: 'SASL_SSL',
      KAFKA_SSL_CA_FILE: join(folder, 'certificates', 'ca.pem'),
      KAFKA_SASL_MECHANISM: 'SCRAM-SHA-512',
      KAFKA_SASL_USERNAME: login,
      KAFKA_SASL_PASSWORD_FILE: passwordFile,
      KAFKA_TOPIC_PREFIX: '',
    };
  }

  async function administer(work: (admin: Admin) => Promise<unknown>): Promise<void> {
    const sasl = { mechanism: 'scram-sha-512', username: 'admin', password: secured.logins.admin } as const;
    const { kafka } = createKafkaClient({
      clientId: 'administrator',
      brokers: [secured.saslBootstrap],
      security: { tls: { ca: secured.ca }, sasl },
    });
    const admin = kafka.admin();
    await admin.connect();
    await work(admin).finally(() => admin.disconnect());
  }

  async function restart(name: 'relay' | 'inventory', settings: Readonly<Record<string, string>>) {
    stack.setEnv(name, settings);
    await stack.stop(name);
    startedAt[name] = stack.lineCount(name);
    await stack.start(name);
  }

  const placeOrder = () =>
    client.placeOrder({ customerId: 'customer-1', items: [{ sku: SKU, quantity: 1 }] });

  const confirmed = (id: string) =>
    poll(`order ${id} is confirmed`, async () => {
      const { json } = await send('GET', `${stack.urls.order}/orders/${id}`);
      return (json as { status: string }).status === 'CONFIRMED';
    });

  const runTool = (program: string, env: Readonly<Record<string, string>>, ...args: string[]) =>
    execa(process.execPath, [join(root, 'scripts', program), ...args], {
      env,
      extendEnv: false,
      reject: false,
      all: true,
    });

  const printLogs = () => {
    for (const name of ['relay', 'inventory']) console.error(name, stack.lines(name).slice(-20).join('\n'));
  };

  it('confirm an order, pass verify and park a record, each with the permissions of the page', async () => {
    onTestFailed(printLogs);
    await confirmed((await placeOrder()).id);

    const { order, inventory } = stack.auditorDatabases;
    const databases = { ORDER_DATABASE_URL: order, INVENTORY_DATABASE_URL: inventory };
    const verifyEnv = { ...databases, ...(await connectAs('verify')) };
    const verified = await runTool('verify/dist/main.js', verifyEnv, '--settled');
    expect(verified.all, verified.all).not.toContain('not checked');
    expect(verified.exitCode, verified.all).toBe(0);

    const produced = await runTool('messages/dist/produce.js', await connectAs('relay'), '--body=nonsense');
    expect(produced.stdout).toMatch(/^sent: order-events\/\d+@\d+$/);
    await poll('the record is parked', async () => {
      const authorization = `Bearer ${stack.adminTokens.inventory}`;
      const url = `${stack.urls.inventoryInternal}/dead-letters`;
      const { json } = await send('GET', url, undefined, { authorization });
      return (json as { total?: number }).total === 1;
    });
  });

  it('name a wrong password, then a missing permission, in one line each, as the page does', async () => {
    onTestFailed(printLogs);
    await restart('relay', await connectAs('relay', 'wrong'));
    const { id } = await placeOrder();
    await expectReason('check KAFKA_SASL_USERNAME and the password');

    const denied = acls.filter(({ principal }) => principal === 'User:relay');
    expect(denied).toHaveLength(1);
    await administer((admin) => admin.deleteAcls({ filters: denied }));
    await restart('relay', await connectAs('relay'));
    await expectReason('this login needs WRITE to send to the topic');

    await administer((admin) => admin.createAcls({ acl: denied }));
    await confirmed(id);
  });

  /** Waits for the relay's line. Compares it with the page and with the answer of /readyz. */
  async function expectReason(remedy: string): Promise<void> {
    const findWarnings = () =>
      stack.lines('relay', startedAt.relay).filter((line) => line.includes('"level":"warn"'));
    await poll('the relay warns', () => findWarnings().length > 0, { seconds: 20 });
    const { status, text } = await send('GET', `${stack.urls.relay}/readyz`);
    const warnings = findWarnings().map((line): { reason: string } => JSON.parse(line));
    expect(warnings).toEqual([expect.objectContaining({ reason: expect.stringContaining(remedy) })]);
    const [{ reason } = { reason: '' }] = warnings;
    const documented = [...page.matchAll(/\| `([^`]+)` \|$/gm)].map(([, line]) => line);
    expect(documented).toContain(reason.replace('topic order-events: ', ''));
    expect(status).toBe(503);
    expect(text).toContain(reason);
  }
});
