// Kills each container under load, removes data, scales, and checks every promise after each step.
import { poll } from '@lmt/stack';
import { lookForSecrets, tryToBreakOut } from './break-out.js';
import { placeOrders, untilAllFinished } from './order-load.js';
import type { Project } from './project.js';

type Log = (line: string) => void;

const MANY = 500;
const MIDWAY = 150;
const KILLED = ['order', 'relay', 'inventory', 'kafka', 'postgres', 'gateway'];

const ADD_STOCK = `fetch('http://127.0.0.1:3101/stock/MOUSE/adjustments', { method: 'POST',
  headers: { 'content-type': 'application/json', authorization: 'Bearer ' + process.env.ADMIN_TOKEN },
  body: JSON.stringify({ delta: 100000, reason: 'compose walk' }) }).then((r) => process.exit(r.ok ? 0 : 1))`;

function expect(promise: string, holds: boolean) {
  if (!holds) throw new Error(`not as promised: ${promise}`);
}

async function settle(project: Project, log: Log) {
  await untilAllFinished(project.orderUrl);
  await project.compose(['run', '--rm', '-T', 'verify', '--settled']);
  log('     all orders finished, verify passes');
}

/** Disturbs the project while it places MANY orders. */
async function disturb(project: Project, log: Log, step: string, disturbance: () => Promise<unknown>) {
  log(`${step} amid ${MANY} orders`);
  const orders = placeOrders(project.orderUrl, MANY);
  await orders.untilAccepted(MIDWAY);
  await disturbance();
  await orders.untilAllAccepted();
  await settle(project, log);
}

async function withoutInventory(project: Project, log: Log) {
  log('kill inventory, place orders, start it');
  await project.compose(['kill', 'inventory']);
  await placeOrders(project.orderUrl, 10).untilAllAccepted();
  const republished = async () => /no result .*attempt=/.test(await project.compose(['logs', 'relay']));
  await poll('the relay republishes', republished, { seconds: 60, everyMs: 1_000 });
  await project.compose(['start', 'inventory']);
  await settle(project, log);
}

async function readCounters(
  project: Project,
  service: string,
  port: number,
  counter: string,
  instances: number,
) {
  const script = `fetch('http://127.0.0.1:${port}/metrics').then((r) => r.text()).then(console.log)`;
  const totals: number[] = [];
  for (let index = 1; index <= instances; index += 1) {
    const lines = (await project.runInside(service, script, index)).split('\n');
    const values = lines.filter((line) => line.startsWith(`${counter}{`));
    totals.push(values.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0));
  }
  return totals;
}

async function scale(project: Project, log: Log) {
  log('up --scale relay=3 --scale inventory=2');
  await project.compose(['up', '--wait', '--scale=relay=3', '--scale=inventory=2']);
  const read = async () => ({
    published: await readCounters(project, 'relay', 3102, 'outbox_published_total', 3),
    consumed: await readCounters(project, 'inventory', 3101, 'inbox_messages_consumed_total', 2),
  });
  const before = await read();
  await placeOrders(project.orderUrl, 2 * MANY).untilAllAccepted();
  await settle(project, log);
  const after = await read();
  for (const name of ['published', 'consumed'] as const) {
    const shares = after[name].map((count, index) => count - (before[name][index] ?? 0));
    log(`     ${name} by each instance: ${shares.join(', ')}`);
    expect(
      `each instance has ${name} messages`,
      shares.every((count) => count > 0),
    );
  }
}

async function logFigures(project: Project, log: Log) {
  const size = await project.docker(['image', 'inspect', '--format={{.Size}}', 'local-message-table']);
  const running = await project.containerIds({ all: false });
  const stats = await project.docker([
    'stats',
    '--no-stream',
    '--format={{.Name}} {{.MemUsage}}',
    ...running,
  ]);
  log(`our image: ${Math.round(Number(size) / 1e6)} MB. Memory:`);
  for (const line of stats.trim().split('\n').sort()) log(`     ${line.replace(`${project.name}-`, '')}`);
}

export async function killWalk(project: Project, log: Log): Promise<void> {
  const { compose } = project;
  log(`docker compose up --build --wait, as project ${project.name}`);
  await compose(['up', '--build', '--wait']);
  log('everything is up');
  await tryToBreakOut(project);
  log('a service sees its own secrets only and can change no file');
  await project.runInside('inventory', ADD_STOCK);

  await withoutInventory(project, log);
  for (const service of KILLED) {
    await disturb(project, log, `kill ${service}`, async () => {
      await compose(['kill', service]);
      await compose(['start', service]);
    });
  }
  await disturb(project, log, 'down and up', async () => {
    await compose(['down']);
    await compose(['up', '--wait']);
  });
  await disturb(project, log, "delete Kafka's volume", async () => {
    await compose(['rm', '--stop', '--force', 'kafka']);
    await project.docker(['volume', 'rm', `${project.name}_kafka-data`]);
    await compose(['up', '--wait', 'kafka']);
  });
  await logFigures(project, log);
  await scale(project, log);
  await lookForSecrets(project);
  log('no secret in docker inspect, none in the logs');

  await compose(['--profile=tools', 'down', '--volumes']);
  const left = await project.docker(['volume', 'ls', '--quiet', `--filter=name=${project.name}_`]);
  expect('down --volumes leaves no volume', left.trim() === '');
  log('down --volumes: nothing is left');
}
