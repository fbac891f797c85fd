// npm run bench -- --instances N: the whole way with one and with N instances of each service.
import { loadStock, type Stack } from '@lmt/stack';
import { cpu, markdownTable, whole } from './format.js';
import { describeMachine } from './machine.js';
import { stock } from './orders.js';
import { toSpread } from './percentiles.js';
import { formatMachine } from './report.js';
import { BENCH, type Bench, sumCpu } from './system.js';
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
  for (const name of stack.names) {
    const instance = stack.findInstance(name);
    if (!instance) continue;
    const isUp = stack.pids[name] !== undefined;
    if (!runs(instance) && isUp) await stack.stop(name);
    if (runs(instance) && !isUp) {
      await stack.start(name);
      await stack.ready(name);
    }
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

export function formatInstances(results: InstanceRuns): string {
  const names = [...new Set(results.runs.map(({ variant }) => variant))];
  const isService = (name: string) => !name.startsWith('kafka') && name !== BENCH;
  type Run = InstanceRuns['runs'][number];
  const median = (variant: string, read: (run: Run) => number) =>
    toSpread(results.runs.filter((run) => run.variant === variant).map(read)).median;
  const usedCores = ({ cpuSeconds, measuredSeconds, generatorCores }: Run) =>
    sumCpu(cpuSeconds) / measuredSeconds + generatorCores;
  const perThousand = (accept: (name: string) => boolean) => (run: Run) =>
    (sumCpu(run.cpuSeconds, accept) * 1_000) / run.completed;
  const table = markdownTable(names, {
    instances: (name) => name,
    'completed/s': (name) => whole(median(name, ({ perSecond }) => perSecond)),
    'CPU per 1,000, without Kafka': (name) => cpu(median(name, perThousand(isService))),
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
  return `\n${formatMachine(results)}\n\nMedian of ${results.runs.length / names.length} rounds in alternation:\n\n${table}`;
}
