import type { LookupAddress, LookupAllOptions } from 'node:dns';
import type { RequestListener } from 'node:http';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { answerJson, serveConsole, serveUpstream } from '../console.fixture.js';
import { createUpstreamClient, type UpstreamClient } from '../proxy/upstream.js';
import { readHealth } from './read-health.js';

const addresses = vi.hoisted(() => vi.fn<() => Promise<LookupAddress[]>>());
vi.mock('node:dns/promises', async (importOriginal) => {
  const { lookup, ...dns } = await importOriginal<typeof import('node:dns/promises')>();
  return {
    ...dns,
    lookup: (name: string, options: LookupAllOptions) =>
      name === 'order.test' ? addresses() : lookup(name, options),
  };
});

const METRICS = `# HELP outbox_published_total Messages acknowledged by the broker
# TYPE outbox_published_total counter
outbox_published_total{kind="first",service="relay"} 41
outbox_published_total{kind="again",service="relay"} 2
outbox_broker_up{service="relay"} 1
http_request_duration_seconds_bucket{le="0.001",service="order",method="POST",route="/orders",status="201"} 5
http_request_duration_seconds_count{service="order",method="POST",route="/orders",status="201"} 30
http_request_duration_seconds_count{service="order",method="POST",route="/orders",status="503"} 4
http_request_duration_seconds_count{service="order",method="GET",route="/orders",status="200"} 400
outbox_results_total{status="applied",service="order"} 28
outbox_results_total{status="duplicate",service="order"} 1
outbox_completed_seconds_count{service="order"} 27
inbox_messages_consumed_total{outcome="succeeded",service="inventory"} 20
inbox_messages_consumed_total{outcome="dead_letter",service="inventory"} 1
inbox_messages_consumed_total{outcome="a \\"b\\", c",service="inventory"} 3
inbox_messages_consumed_total{outcome="rejected",service="inventory"} NaN
`;

const serveInstance = (readyz: RequestListener, metrics = METRICS) =>
  serveUpstream((request, response) =>
    request.url === '/readyz' ? readyz(request, response) : void response.end(metrics),
  );

const READY = answerJson(200, { status: 'ok', checks: { database: 'ok' } });

async function read(url: string) {
  const client = createUpstreamClient();
  onTestFinished(() => client.close());
  const { services } = await readHealth({ client, urls: { order: url, relay: url, inventory: url } });
  return Object.fromEntries(services.map(({ name, instances }) => [name, instances]));
}

describe('readHealth', () => {
  it('reads readiness and counters of each service', async () => {
    const { url } = await serveInstance(READY);
    const { host } = new URL(url);
    const instance = { address: host, ready: true, problems: [] };
    expect(await read(url)).toEqual({
      order: [{ ...instance, counters: { placed: 30, results: 29, completed: 27 } }],
      relay: [{ ...instance, counters: { published: 41, republished: 2, brokerUp: 1 } }],
      inventory: [
        {
          ...instance,
          counters: {
            ...{ succeeded: 20, rejected: 0, duplicate: 0, failed: 0, dead_letter: 1 },
            'a \\"b\\", c': 3,
          },
        },
      ],
    });
  });

  it('counts 0 without metrics', async () => {
    const { url } = await serveInstance(READY, '');
    expect((await read(url)).relay?.[0]?.counters).toEqual({ published: 0, republished: 0, brokerUp: 0 });
  });

  it('names the failed checks of an instance that is not ready', async () => {
    const checks = { database: 'ok', broker: 'no broker answers', publishing: 'no message for 9 s' };
    const { url } = await serveInstance(answerJson(503, { status: 'not ready', checks }));
    expect((await read(url)).relay).toMatchObject([
      {
        ready: false,
        problems: [
          { check: 'broker', reason: 'no broker answers' },
          { check: 'publishing', reason: 'no message for 9 s' },
        ],
        counters: { published: 41 },
      },
    ]);
  });

  it.each<[string, RequestListener, string]>([
    ['HTML', (_, response) => void response.end('<p>'), '/readyz gave an unexpected answer (200)'],
    ['other JSON', answerJson(404, { title: 'Not Found' }), '/readyz gave an unexpected answer (404)'],
    [
      'half of it',
      (_, response) =>
        void response.writeHead(200, { 'content-length': 9 }).write('{', () => response.destroy()),
      'UND_ERR_SOCKET',
    ],
  ])('reports an instance that answers %s', async (_, listener, reason) => {
    const { url } = await serveInstance(listener);
    expect((await read(url)).order).toMatchObject([
      { ready: false, problems: [{ check: 'connection', reason }] },
    ]);
  });

  it('reports an instance that is down, and a host name without an address', async () => {
    const { url, close } = await serveInstance(READY);
    close();
    expect((await read(url)).order).toMatchObject([
      { ready: false, problems: [{ check: 'connection', reason: 'ECONNREFUSED' }], counters: {} },
    ]);
    const [instance] = (await read('http://nowhere.invalid:3100')).order ?? [];
    expect(instance).toMatchObject({ address: 'nowhere.invalid:3100', ready: false });
    expect(instance?.problems[0]?.reason).toMatch(/^its host name has no address: E/);
  });

  it('reports a paused instance after its time limit, with the health of the others', async () => {
    const paused = await serveUpstream(() => {});
    const running = await serveInstance(READY);
    const real = createUpstreamClient();
    onTestFinished(() => real.close());
    const limits = new Set<number>();
    const client: UpstreamClient = {
      ...real,
      send(upstream, request) {
        limits.add(request.timeoutMs);
        return real.send(upstream, { ...request, timeoutMs: upstream.url === paused.url ? 50 : 30_000 });
      },
    };
    const urls = { order: running.url, relay: paused.url, inventory: running.url };
    const { services } = await readHealth({ client, urls });
    expect(
      services.map(({ instances }) => instances.map(({ ready, problems }) => [ready, problems])),
    ).toEqual([
      [[true, []]],
      [[false, [{ check: 'connection', reason: 'no answer within 0.05 s' }]]],
      [[true, []]],
    ]);
    expect([...limits]).toEqual([2_500]);
  });

  it('reads every IPv4 address of a host name', async () => {
    const { url } = await serveInstance(READY);
    const { port } = new URL(url);
    addresses.mockResolvedValueOnce([
      { address: '127.0.0.2', family: 4 },
      { address: '::1', family: 6 },
      { address: '127.0.0.1', family: 4 },
    ]);
    expect((await read(`http://order.test:${port}`)).order).toMatchObject([
      { address: `127.0.0.1:${port}`, ready: true },
      { address: `127.0.0.2:${port}`, ready: false, problems: [{ check: 'connection' }] },
    ]);
    addresses.mockResolvedValueOnce([{ address: '::1', family: 6 }]);
    expect((await read('http://order.test:1')).order).toMatchObject([{ address: '[::1]:1', ready: false }]);
  });
});

describe('GET /api/health', () => {
  it('shares one round of requests among the browsers', async () => {
    let answerAll = () => {};
    const allReceived = new Promise<void>((resolve) => {
      answerAll = resolve;
    });
    const upstream = await serveInstance(async (request, response) => {
      await allReceived;
      READY(request, response);
    });
    const { open, received } = await serveConsole(upstream.url);
    const pages = await Promise.all([open(), open()]);
    const before = received();
    const gets = [...pages, ...pages].map(({ get }) => get('/api/health'));
    await vi.waitFor(() => expect([received() - before, upstream.requests.length]).toEqual([4, 6]), 10_000);
    answerAll();
    const answers = await Promise.all(gets);
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(answers[0]?.json()).toMatchObject({ at: expect.stringMatching(/Z$/), services: [{}, {}, {}] });
    expect(upstream.requests).toHaveLength(6);
  });
});
