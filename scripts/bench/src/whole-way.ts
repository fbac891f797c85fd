// The whole way of an order at full load, and its latency at fixed rates.
import type { closedLoop } from './closed-loop.js';
import { countUnfinished, readCompletions, summarise, waitUntilCompleted } from './message-progress.js';
import { toDistribution } from './percentiles.js';
import { BENCH, type Bench, measureSystem, runInWorker, sumCpu } from './system.js';

interface Load {
  readonly connections: number;
  readonly seconds: number;
  /** The order services that share the connections. Default: the first one. */
  readonly orders?: readonly string[];
}

/** Adds up what the load generators of several order services report. */
function addLoads(loads: readonly Awaited<ReturnType<typeof closedLoop>>[]) {
  const sum = (read: (load: (typeof loads)[number]) => number) =>
    loads.reduce((total, load) => total + read(load), 0);
  return {
    acceptedPerSecond: sum(({ perSecond }) => perSecond),
    failed: sum(({ failed }) => failed),
    generatorCores: sum(({ generatorCores }) => generatorCores),
  };
}

/** Runs a closed loop and waits until its orders are completed. */
export async function measureWholeWay(bench: Bench, load: Load) {
  const { stack, database, signal } = bench;
  const { connections, seconds, orders = [stack.urls.order] } = load;
  const since = new Date();
  const task = { connections: connections / orders.length, warmUpSeconds: 0, seconds };
  const used = await measureSystem(bench, async () => {
    const loads = await Promise.all(orders.map((url) => runInWorker('closedLoop', { ...task, url }, signal)));
    const backlogAtTheEnd = await countUnfinished(database);
    await waitUntilCompleted(database, signal);
    return { ...addLoads(loads), backlogAtTheEnd };
  });
  const summary = await summarise(database, since);
  return {
    ...summary,
    connections,
    ...used.result,
    /** Average over the load and the drain after it. */
    perSecond: summary.completed / summary.seconds,
    measuredSeconds: used.seconds,
    cpuSeconds: used.cpuSeconds,
    memoryMb: used.memoryMb,
  };
}

/** Posts orders at a fixed rate and measures from the scheduled times. */
export async function measureLatency(
  bench: Bench,
  task: { readonly rate: number; readonly warmUpSeconds: number; readonly seconds: number },
) {
  const { stack, database, signal } = bench;
  const since = new Date();
  const used = await measureSystem(bench, () =>
    runInWorker('openLoop', { ...task, url: stack.urls.order }, signal),
  );
  const { messages, ...load } = used.result;
  await waitUntilCompleted(database, signal);
  const completions = await readCompletions(database, since);
  const times = new Map(completions.map(({ id, completedAt }) => [id, completedAt]));
  return {
    ...load,
    orders: messages.length,
    republished: completions.filter(({ attempts }) => attempts > 1).length,
    completed: toDistribution(messages.map(({ id, dueAt }) => (times.get(id) ?? Number.NaN) - dueAt)),
    /** Of all processes of the system. */
    systemCores: sumCpu(used.cpuSeconds, (name) => name !== BENCH) / used.seconds,
  };
}
