// Closed loop: each connection posts its next order when the answer to its last one is there.

import { setTimeout as pause } from 'node:timers/promises';
// @ts-expect-error it comes without types
import autocannon from 'autocannon';
import { bodies, headers } from './order-body.js';
import type { Distribution } from './percentiles.js';
import { distributionOf } from './percentiles.js';
import { answerTask, cpuSecondsSince } from './worker.js';

export type ClosedLoop = { url: string; connections: number; warmUpSeconds: number; seconds: number };
export interface Accepted {
  connections: number;
  seconds: number;
  /** 201 answers */
  accepted: number;
  perSecond: number;
  /** other answers and broken connections */
  failed: number;
  /** of all answers */
  latency: Distribution;
  /** how busy this process was */
  generatorCores: number;
}

async function load({ url, connections, warmUpSeconds, seconds }: ClosedLoop): Promise<Accepted> {
  const latencies: number[] = [];
  let measuring = false;
  let accepted = 0;
  let failed = 0;
  const run = autocannon({
    url: `${url}/orders`,
    method: 'POST',
    headers,
    connections,
    // It looks for its end once a second only; the window is cut here.
    duration: warmUpSeconds + seconds + 1,
    requests: bodies.map((body) => ({ body })),
  });
  const count = (_client: unknown, status: number, _bytes: number, took: number) => {
    if (!measuring) return;
    if (status === 201) accepted += 1;
    else failed += 1;
    latencies.push(took);
  };
  run.on('response', count);
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
  const busy = cpuSecondsSince(cpu);
  // The connections close when this process ends; an answer under way is of nobody's interest.
  return {
    connections,
    seconds: took,
    accepted,
    perSecond: accepted / took,
    failed,
    latency: distributionOf(latencies),
    generatorCores: busy / took,
  };
}

answerTask(load);
