// The walk through docker compose, step by step; an error ends it.
import { poll } from '@lmt/stack';
import { lookForSecrets, tryToBreakOut } from './attack.js';
import { allFinished, placeOrders } from './order-load.js';

import type { Project } from './project.js';
export type Say = (line: string) => void;

const many = 500;
const midway = 150;

function expect(what: string, condition: boolean) {
  if (!condition) throw new Error(`not as promised: ${what}`);
}

/** Everything finished, every invariant kept. */
async function settle(project: Project, say: Say) {
  await allFinished(project.orderUrl);
  await project.compose(['run', '--rm', '-T', 'verify', '--settled']);
  say('     all orders finished, verify is green');
}

async function firstOrder({ orderUrl, inventoryUrl }: Project, say: Say) {
  const stock = async () => (await (await fetch(`${inventoryUrl}/stock/KEYBOARD`)).json()).available;
  const before = await stock();
  const answer = await fetch(`${orderUrl}/orders`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ customerId: 'alice', items: [{ sku: 'KEYBOARD', quantity: 2 }] }),
  });
  expect(`201 for the first order, not ${answer.status}`, answer.status === 201);
  const { id } = await answer.json();
  const confirmed = async () =>
    (await (await fetch(`${orderUrl}/orders/${id}`)).json()).status === 'CONFIRMED';
  await poll('the first order is CONFIRMED', confirmed, { seconds: 60 });
  expect('two keyboards less', before - (await stock()) === 2);
  say('first order CONFIRMED, its stock deducted');
}

async function withoutInventory(project: Project, say: Say) {
  await project.compose(['kill', 'inventory']);
  const orders = placeOrders(project.orderUrl, 10);
  await orders.all();
  const seen = async () => /published again/.test(await project.compose(['logs', 'relay']));
  await poll('the relay publishes again', seen, { seconds: 60, everyMs: 1_000 });
  await project.compose(['start', 'inventory']);
  await settle(project, say);
}

async function killMidway(project: Project, service: string, say: Say) {
  say(`kill ${service} amid ${many} orders`);
  const orders = placeOrders(project.orderUrl, many);
  await orders.accepted(midway);
  await project.compose(['kill', service]);
  await project.compose(['start', service]);
  await orders.all();
  await settle(project, say);
}

async function downMidway(project: Project, say: Say) {
  say(`down amid ${many} orders, and up again`);
  const orders = placeOrders(project.orderUrl, many);
  await orders.accepted(midway);
  await project.compose(['down']);
  await project.compose(['up', '--wait']);
  await orders.all();
  await settle(project, say);
}

async function withoutKafkaVolume(project: Project, say: Say) {
  say(`Kafka's volume deleted amid ${many} orders`);
  const orders = placeOrders(project.orderUrl, many);
  await orders.accepted(midway);
  await project.compose(['rm', '--stop', '--force', 'kafka']);
  await project.docker(['volume', 'rm', `${project.name}_kafka-data`]);
  await project.compose(['up', '--wait', 'kafka']);
  await orders.all();
  await settle(project, say);
}

async function shares(project: Project, service: string, port: number, counter: string, instances: number) {
  const script = `fetch('http://127.0.0.1:${port}/metrics').then((r) => r.text()).then(console.log)`;
  const counts = [];
  for (let index = 1; index <= instances; index += 1) {
    const lines = (await project.inside(service, script, index)).split('\n');
    const values = lines
      .filter((line) => line.startsWith(`${counter}{`))
      .map((line) => Number(line.split(' ').at(-1)));
    counts.push(values.reduce((sum, value) => sum + value, 0));
  }
  return counts;
}

async function scaled(project: Project, say: Say) {
  say('up --scale relay=3 --scale inventory=2');
  await project.compose(['up', '--wait', '--scale=relay=3', '--scale=inventory=2']);
  const read = async () => ({
    published: await shares(project, 'relay', 3102, 'outbox_published_total', 3),
    consumed: await shares(project, 'inventory', 3101, 'inbox_messages_consumed_total', 2),
  });
  const before = await read();
  await placeOrders(project.orderUrl, 2 * many).all();
  await settle(project, say);
  const after = await read();
  const grown = (now: number[], then: number[]) => now.map((value, i) => value - (then[i] ?? 0));
  const published = grown(after.published, before.published);
  const consumed = grown(after.consumed, before.consumed);
  say(
    `     published by each relay: ${published.join(', ')}; consumed by each inventory: ${consumed.join(', ')}`,
  );
  expect(
    'each relay publishes',
    published.every((count) => count > 0),
  );
  expect(
    'each inventory consumes',
    consumed.every((count) => count > 0),
  );
}

async function sayFigures(project: Project, say: Say) {
  const size = Number(
    await project.docker(['image', 'inspect', '--format={{.Size}}', 'local-message-table']),
  );
  const format = '--format={{.Name}} {{.MemUsage}}';
  const stats = await project.docker(['stats', '--no-stream', format, ...(await project.running())]);
  say(`our image: ${Math.round(size / 1e6)} MB. Memory:`);
  for (const line of stats.trim().split('\n').sort()) say(`     ${line.replace(`${project.name}-`, '')}`);
}

export async function walk(project: Project, say: Say) {
  say(`docker compose up --build --wait, as project ${project.name}`);
  await project.compose(['up', '--build', '--wait']);
  say('everything is up');
  await firstOrder(project, say);
  await tryToBreakOut(project);
  say('a service sees its own secrets only, and can change no file');
  const adjust = `fetch('http://127.0.0.1:3101/stock/MOUSE/adjustments', { method: 'POST',
    headers: { 'content-type': 'application/json', authorization: 'Bearer ' + process.env.ADMIN_TOKEN },
    body: JSON.stringify({ delta: 100000, reason: 'compose walk' }) }).then((r) => process.exit(r.ok ? 0 : 1))`;
  await project.inside('inventory', adjust);

  say('kill inventory, place orders, start it');
  await withoutInventory(project, say);
  for (const service of ['order', 'relay', 'inventory', 'kafka', 'postgres', 'gateway']) {
    await killMidway(project, service, say);
  }
  await downMidway(project, say);
  await withoutKafkaVolume(project, say);
  await sayFigures(project, say);
  await scaled(project, say);
  await lookForSecrets(project);
  say('no secret in docker inspect, none in the logs');

  await project.compose(['--profile=tools', 'down', '--volumes']);
  const left = await project.docker(['volume', 'ls', '--quiet', `--filter=name=${project.name}_`]);
  expect('no volume is left by down --volumes', left.trim() === '');
  say('down --volumes: nothing is left');
}
