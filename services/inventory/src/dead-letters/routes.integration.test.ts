import { randomUUID } from 'node:crypto';
import { createCheckedFetch } from '@lmt/api/check';
import { type DeadLettersView, ORDER_EVENTS_DEAD_LETTER_TOPIC } from '@lmt/contracts';
import { createKafkaClient } from '@lmt/messaging';
import { createApp, type HttpServer, listen } from '@lmt/service-kit';
import { recordLog } from '@lmt/service-kit/recorded-log';
import { afterAll, afterEach, describe, expect, inject, it, vi } from 'vitest';
import { config } from '../config.js';
import { createInternalApi } from '../http.js';
import { deadLetterRoutes } from './routes.js';

const checkedFetch = createCheckedFetch(createInternalApi('kafka'));
const TOKEN = 'an-operator-token-of-more-than-32-characters';
const bearer = { authorization: `Bearer ${TOKEN}` };
const bootstrap = inject('kafkaBootstrap');

const log = recordLog();
const servers: HttpServer[] = [];
afterEach(() => Promise.all(servers.splice(0).map((server) => server.close(0))));

async function serve(environment: Readonly<Record<string, string>>) {
  const settings = config.parse({
    INVENTORY_DATABASE_URL: 'postgres://inventory:secret@127.0.0.1:1/inventory',
    CALLBACK_URL: 'http://127.0.0.1:1/internal/message-results',
    CALLBACK_SECRET: 'a secret of consumers with more than 32 characters',
    ADMIN_TOKEN: TOKEN,
    ...environment,
  });
  const operators = [{ name: 'ada', token: TOKEN }];
  const { logger } = log;
  const app = createApp({
    logger,
    bodyLimitBytes: 1_000,
    mapError: () => null,
    routes: (router) => deadLetterRoutes(router, { settings, operators, logger }),
  });
  const server = await listen(app, { host: '127.0.0.1', port: 0 });
  servers.push(server);
  return async (query = '', init: RequestInit = { headers: bearer }) => {
    const response = await checkedFetch(`${server.url}/dead-letters${query}`, init);
    return { status: response.status, headers: response.headers, body: await response.json() };
  };
}

describe.skipIf(bootstrap === null)('GET /dead-letters', () => {
  const prefix = `${randomUUID()}.`;
  const topic = prefix + ORDER_EVENTS_DEAD_LETTER_TOPIC;
  const { kafka } = createKafkaClient({ clientId: 'test', brokers: [bootstrap ?? ''] });
  const admin = kafka.admin();
  const producer = kafka.producer();
  afterAll(() => Promise.all([admin.disconnect(), producer.disconnect()]));
  const environment = { KAFKA_BROKERS: bootstrap ?? '', KAFKA_TOPIC_PREFIX: prefix };

  it('returns an empty topic before it exists, then its newest records, as safe text', async () => {
    const ask = await serve(environment);
    expect(await ask()).toMatchObject({ status: 200, body: { topic, total: 0, items: [] } });

    await Promise.all([admin.connect(), producer.connect()]);
    await admin.createTopics({ waitForLeaders: true, topics: [{ topic, numPartitions: 1 }] });
    const origin = { dlq_topic: `${prefix}order-events`, dlq_partition: '4', dlq_offset: '7' };
    const messages = [
      { key: null, value: null },
      {
        key: 'key\u001b[31m',
        value: Buffer.from('{\n\t"a": "\u001b[31m\u0000\u009b"}\r\n'),
        headers: { ...origin, dlq_reason: 'no id\u0007', ce_id: 'id', ce_type: `type${'x'.repeat(600)}` },
      },
      { key: 'long', value: '你'.repeat(2_001) },
    ];
    for (const message of messages) await producer.send({ topic, messages: [message] });

    // While a new broker creates its topic of offsets, it may answer too late.
    const { body }: { body: DeadLettersView } = await vi.waitFor(async () => {
      const answer = await ask();
      expect(answer.status).toBe(200);
      return answer;
    }, 30_000);
    expect(body).toMatchObject({ topic, total: 3 });
    const nothing = { reason: null, origin: null, type: null, messageId: null };
    const at = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]{12}Z$/);
    expect(body.items).toEqual([
      {
        ...nothing,
        position: `${topic}/0@2`,
        at,
        key: 'long',
        body: '你'.repeat(2_000),
        truncatedFrom: 6_003,
      },
      {
        position: `${topic}/0@1`,
        at,
        reason: 'no id\ufffd',
        origin: `${prefix}order-events/4@7`,
        key: 'key\ufffd[31m',
        type: `type${'x'.repeat(496)}`,
        messageId: 'id',
        body: '{\n\t"a": "\ufffd[31m\ufffd\ufffd"}\r\n',
        truncatedFrom: null,
      },
      { ...nothing, position: `${topic}/0@0`, at, key: null, body: null, truncatedFrom: null },
    ]);
    expect((await ask('?limit=1')).body).toMatchObject({ total: 3, items: [{ key: 'long' }] });
  });

  it('answers 503 and names the broker that cannot be reached', async () => {
    const ask = await serve({ ...environment, KAFKA_BROKERS: '127.0.0.1:1' });
    const { status, headers, body } = await ask();
    expect([status, headers.get('retry-after')]).toEqual([503, '2']);
    expect(body.detail).toMatch(
      /^Kafka \(127\.0\.0\.1:1\): \S+order-events\.dlq cannot be read: .*ECONNREFUSED/,
    );
    expect(log.lines).toContainEqual(expect.objectContaining({ level: 'warn', reason: body.detail }));
  });

  it('answers without a topic if there is no broker', async () => {
    const ask = await serve({ BROKER: 'direct' });
    expect(await ask()).toMatchObject({ status: 200, body: { topic: null, total: 0, items: [] } });
  });

  it('answers 401 without a token, 400 for a bad limit and 405 for another method', async () => {
    const ask = await serve({ BROKER: 'direct' });
    expect((await ask('', {})).status).toBe(401);
    expect((await ask('?limit=201')).body.errors).toMatchObject([{ path: 'limit' }]);
    expect((await ask('', { method: 'DELETE', headers: bearer })).headers.get('allow')).toBe('GET, HEAD');
  });
});
