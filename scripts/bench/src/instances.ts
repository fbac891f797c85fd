// npm run bench -- --instances N: the whole way with one and with N instances of each service.
import { loadStock, type Stack } from '@lmt/stack';
import { cpu, markdownTable, whole } from './format.js';
import { describeMachine } from './machine.js';
import { stock } from './orders.js';
import { toSpread } from './percentiles.js';
import { formatMachine } from './report.js';
import { type Bench, isCounted, sumCpu } from './system.js';
import { measureWholeWay } from './whole-way.js';

const CONNECTIONS = 32;
const full = { rounds: 3, warmUp: 4, seconds: 8 };
const quick = { rounds: 1, warmUp: 2, seconds: 4 };

/** Instances that a variant keeps running, of those that the stack started. */
const VARIANTS = ['order', 'relay', 'inventory'] as const;

interface Variant {
  readonly name: string;
  readonly runs: (instance: { readonly name: string; readonly service: string }) => boolean;
}

const isFirst = ({ name, service }: { readonly name: string; readonly service: string }) => name === service;

/** One of each, several of one service, several of all. */
const toVariants = (count: number): Variant[] => [
  { name: 'one of each', runs: isFirst },
  ...VARIANTS.map((service) => ({
    name: `${count} of ${service}`,
    runs: (instance: Parameters<Variant['runs']>[0]) => isFirst(instance) || instance.service === service,
  })),
  { name: `${count} of each`, runs: () => true },
];

/** Starts the instances of a variant and stops the others. */
async function chooseInstances(stack: Stack, { runs }: Variant) {
  const others = stack.names.flatMap((name) => stack.findInstance(name) ?? []).filter((one) => !isFirst(one));
  for (const { name } of others) await stack.stop(name);
  for (const { name, service } of others.filter(runs)) {
    if (service === 'inventory') {
      // By default it reports to the order service of its number, which this variant may not run.
      const order = others.find((other) => other.name === name.replace('inventory', 'order') && runs(other));
      const url = order?.internalUrl ?? stack.urls.orderInternal;
      stack.setEnv(name, { CALLBACK_URL: `${url}/internal/message-results` });
    }
    await stack.start(name);
    await stack.ready(name);
  }
}

export async function measureInstances(
  bench: Bench,
  { quick: isQuick, count }: { readonly quick: boolean; readonly count: number },
) {
  const { stack, database, log } = bench;
  const sizes = isQuick ? quick : full;
  const machine = await describeMachine(stack, database);
  await loadStock(stack, stock, { reason: 'benchmark' });
  const runs = [];
  for (let round = 1; round <= sizes.rounds; round += 1) {
    for (const variant of toVariants(count)) {
      log(`round ${round} of ${sizes.rounds}: ${variant.name} ...`);
      await chooseInstances(stack, variant);
      const orders = stack.names.flatMap((name) => {
        const instance = stack.findInstance(name);
        return instance?.service === 'order' && variant.runs(instance) ? [instance.url ?? ''] : [];
      });
      await measureWholeWay(bench, { connections: CONNECTIONS, seconds: sizes.warmUp, orders });
      const run = await measureWholeWay(bench, { connections: CONNECTIONS, seconds: sizes.seconds, orders });
      runs.push({ variant: variant.name, ...run });
    }
  }
  return { machine, count, runs };
}

export type InstanceRuns = Awaited<ReturnType<typeof measureInstances>>;

const PROCESSES = ['order', 'relay', 'inventory', 'postgres'];
const CORE_COUNTS = [2, 4, 8, 16];

/** CPU seconds per 1,000 orders of the processes whose name `accept` accepts. */
const perThousand = (accept: (name: string) => boolean) => (run: InstanceRuns['runs'][number]) =>
  (sumCpu(run.cpuSeconds, accept) * 1_000) / run.completed;

function formatPaper(one: InstanceRuns['runs']) {
  const cost = (accept: (name: string) => boolean) => toSpread(one.map(perThousand(accept))).median;
  const perCore = markdownTable([...PROCESSES, 'all four'], {
    process: (name) => name,
    'CPU per 1,000 orders': (name) => cpu(cost(name === 'all four' ? isCounted : (other) => other === name)),
    'orders/s of one core': (name) =>
      whole(1_000 / cost(name === 'all four' ? isCounted : (other) => other === name)),
  });
  const sizes = markdownTable(CORE_COUNTS, {
    'machine, cores': (count) => whole(count),
    'orders/s on paper': (count) => whole((count * 1_000) / cost(isCounted)),
    'cores for Postgres': (count) =>
      ((count * cost((name) => name === 'postgres')) / cost(isCounted)).toFixed(1),
  });
  return `On paper, from the CPU per order of one instance of each, without Kafka and the load generator:\n\n${perCore}\n\n${sizes}`;
}

export function formatInstances(results: InstanceRuns): string {
  const names = [...new Set(results.runs.map(({ variant }) => variant))];
  type Run = InstanceRuns['runs'][number];
  const runsOf = (variant: string) => results.runs.filter((run) => run.variant === variant);
  const median = (variant: string, read: (run: Run) => number) => toSpread(runsOf(variant).map(read)).median;
  const usedCores = ({ cpuSeconds, measuredSeconds, generatorCores }: Run) =>
    sumCpu(cpuSeconds) / measuredSeconds + generatorCores;
  const table = markdownTable(names, {
    instances: (name) => name,
    'completed/s': (name) => whole(median(name, ({ perSecond }) => perSecond)),
    'CPU per 1,000, without Kafka': (name) => cpu(median(name, perThousand(isCounted))),
    'of that Postgres': (name) =>
      cpu(
        median(
          name,
          perThousand((process) => process === 'postgres'),
        ),
      ),
    'cores busy, with the generator': (name) => median(name, usedCores).toFixed(2),
    'completed/s per busy core': (name) => whole(median(name, (run) => run.perSecond / usedCores(run))),
  });
  const rounds = results.runs.length / names.length;
  const [first = ''] = names;
  return `\n${formatMachine(results)}

${rounds > 1 ? `Median of ${rounds} rounds in alternation` : 'One round'}:

${table}

${formatPaper(runsOf(first))}`;
}
