// Kills each container under load, removes data, scales, and checks every promise after each step.
import { poll } from '@lmt/stack';
import { beforeAll, describe, expect, it } from 'vitest';
import { stopAfterFailure } from '../stop-after-failure.js';
import { lookAround, readSecrets, SECRET_NAMES } from './break-out.js';
import { dockerUnavailable, openProject } from './open-project.js';
import { placeOrders, untilAllFinished } from './order-load.js';

const MANY = 500;
const MIDWAY = 150;

const ADD_STOCK = `fetch('http://127.0.0.1:3101/stock/MOUSE/adjustments', { method: 'POST',
  headers: { 'content-type': 'application/json', authorization: 'Bearer ' + process.env.ADMIN_TOKENS.split(/[:,]/)[1] },
  body: JSON.stringify({ delta: 100000, reason: 'compose walk' }) }).then((r) => process.exit(r.ok ? 0 : 1))`;

describe.skipIf(dockerUnavailable !== null)('the containers', async () => {
  const project = await openProject('faults');
  const { compose, docker, orderUrl } = project;

  beforeAll(async () => {
    await compose(['up', '--build', '--wait']);
    await project.runInside('inventory', ADD_STOCK);
  });
  stopAfterFailure();

  async function expectAllFinished() {
    await untilAllFinished(orderUrl);
    await compose(['run', '--rm', '-T', 'verify', '--settled']);
  }

  const readSignInUrl = async () => new URL(await compose(['exec', '-T', 'console', 'url']));

  async function disturb(disturbance: () => Promise<unknown>) {
    const orders = placeOrders(orderUrl, MANY);
    await orders.untilAccepted(MIDWAY);
    await disturbance();
    await orders.untilAllAccepted();
    await expectAllFinished();
  }

  it.each(Object.entries(SECRET_NAMES))(
    'let an attacker in %s read only its own secrets, and write no file',
    async (service, names) => {
      const nothing = { wrote: [], shell: false, root: false, environ: false };
      expect(await lookAround(project, service)).toEqual({ uid: 1000, names, secrets: 1, ...nothing });
    },
  );

  it('accept orders while inventory is down, and the relay republishes their messages', async () => {
    await compose(['kill', 'inventory']);
    await placeOrders(orderUrl, 10).untilAllAccepted();
    const republished = async () => /no result .*attempt=/.test(await compose(['logs', 'relay']));
    await poll('the relay republishes', republished, { seconds: 60, everyMs: 1_000 });
    await compose(['start', 'inventory']);
    await expectAllFinished();
  });

  it('let a browser into the console with the printed link, and verify for it', async () => {
    const link = await readSignInUrl();
    expect(link.origin).toBe(project.consoleUrl);
    const verify = (cookie: string) =>
      fetch(`${project.consoleUrl}/api/control/verify`, {
        method: 'POST',
        body: '{}',
        headers: { 'content-type': 'application/json', origin: project.consoleUrl, cookie },
      });
    expect((await verify('')).status).toBe(401);
    const { headers } = await fetch(link, { redirect: 'manual' });
    const answer = await verify(
      headers
        .getSetCookie()
        .map((line) => line.split(';')[0])
        .join('; '),
    );
    const report = await answer.json();
    expect(answer.status, JSON.stringify(report)).toBe(200);
    expect(report).toMatchObject({ ok: true, checks: { length: 11 } });
  });

  it.each(['order', 'relay', 'inventory', 'kafka', 'postgres', 'gateway', 'console'])(
    `keep every promise when %s is killed amid ${MANY} orders`,
    (service) =>
      disturb(async () => {
        await compose(['kill', service]);
        await compose(['start', service]);
      }),
  );

  it(`keep every promise across down and up amid ${MANY} orders`, () =>
    disturb(async () => {
      await compose(['down']);
      await compose(['up', '--wait']);
    }));

  it(`keep every promise when Kafka's volume is deleted amid ${MANY} orders`, () =>
    disturb(async () => {
      await compose(['rm', '--stop', '--force', 'kafka']);
      await docker(['volume', 'rm', `${project.name}_kafka-data`]);
      await compose(['up', '--wait', 'kafka']);
    }));

  it('come from one image below 200 MB', async () => {
    const size = await docker(['image', 'inspect', '--format={{.Size}}', 'local-message-table']);
    const running = await project.containerIds({ all: false });
    const stats = await docker(['stats', '--no-stream', '--format={{.Name}} {{.MemUsage}}', ...running]);
    const memory = stats.trim().replaceAll(`${project.name}-`, '').split('\n').sort();
    console.log(`our image: ${Math.round(Number(size) / 1e6)} MB. Memory:\n${memory.join('\n')}`);
    expect(Number(size)).toBeLessThan(200e6);
  });

  /** The value of a counter in each instance of a service. */
  async function readCounter(service: string, port: number, counter: string, instances: number) {
    const script = `fetch('http://127.0.0.1:${port}/metrics').then((r) => r.text()).then(console.log)`;
    const totals: number[] = [];
    for (let index = 1; index <= instances; index += 1) {
      const lines = (await project.runInside(service, script, index)).split('\n');
      const values = lines.filter((line) => line.startsWith(`${counter}{`));
      totals.push(values.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0));
    }
    return totals;
  }

  it('share the load when scaled to three relays and two inventories', async () => {
    await compose(['up', '--wait', '--scale=relay=3', '--scale=inventory=2']);
    const read = async () => ({
      published: await readCounter('relay', 3102, 'outbox_published_total', 3),
      consumed: await readCounter('inventory', 3101, 'inbox_messages_consumed_total', 2),
    });
    const before = await read();
    await placeOrders(orderUrl, 2 * MANY).untilAllAccepted();
    await expectAllFinished();
    const after = await read();
    for (const name of ['published', 'consumed'] as const) {
      const shares = after[name].map((count, index) => count - (before[name][index] ?? 0));
      console.log(`${name} by each instance: ${shares.join(', ')}`);
      expect(Math.min(...shares), name).toBeGreaterThan(0);
    }
  });

  it('show no secret in docker inspect or in the logs, except for the sign-in link', async () => {
    const all = await readSecrets(project);
    expect(all.length).toBeGreaterThanOrEqual(13);
    const signInToken = (await readSignInUrl()).searchParams.get('token');
    const secrets = all.filter((secret) => secret !== signInToken);
    expect(secrets).toHaveLength(all.length - 1);
    const inspected = await docker(['inspect', ...(await project.containerIds({ all: true }))]);
    const logged = await compose(['logs', '--no-color']);
    // Compares counts, so that a failure message does not contain the secrets.
    expect(secrets.filter((secret) => inspected.includes(secret) || logged.includes(secret)).length).toBe(0);
  });

  it('leave no volume after down --volumes', async () => {
    await compose(['--profile=tools', 'down', '--volumes']);
    expect(await docker(['volume', 'ls', '--quiet', `--filter=name=${project.name}_`])).toBe('');
  });
});
