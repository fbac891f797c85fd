// Closed loop: each connection posts its next order once its previous one is answered.
import { setTimeout as pause } from 'node:timers/promises';
import autocannon from 'autocannon';
import { bodies, headers, type Load } from './orders.js';
import { toDistribution } from './percentiles.js';
import { cpuSecondsSince } from './process-usage.js';

export async function closedLoop(task: Load & { readonly connections: number }) {
  const { url, connections, warmUpSeconds, seconds } = task;
  const latencies: number[] = [];
  let measuring = false;
  let accepted = 0;
  let failed = 0;
  const options: autocannon.Options = {
    url: `${url}/orders`,
    method: 'POST',
    headers,
    connections,
    // autocannon checks its duration only once a second, so the code below times the measurement.
    duration: warmUpSeconds + seconds + 1,
    requests: bodies.map((body) => ({ body })),
  };
  const run = autocannon(options, () => {});
  run.on('response', (_client, status, _bytes, latency) => {
    if (!measuring) return;
    if (status === 201) accepted += 1;
    else failed += 1;
    latencies.push(latency);
  });
  run.on('reqError', () => {
    if (measuring) failed += 1;
  });
  await pause(warmUpSeconds * 1_000);
  const cpu = process.cpuUsage();
  const start = performance.now();
  measuring = true;
  await pause(seconds * 1_000);
  measuring = false;
  const took = (performance.now() - start) / 1_000;
  // The connections close when this process ends. Answers that are still in flight are not counted.
  return {
    connections,
    accepted,
    perSecond: accepted / took,
    /** Answers other than 201, and broken connections. */
    failed,
    /** Latency of all answers in milliseconds. */
    latency: toDistribution(latencies),
    generatorCores: cpuSecondsSince(cpu) / took,
  };
}
