// Closed loop: each connection posts its next order when the answer to its last one is there.
import { setTimeout as pause } from 'node:timers/promises';
// @ts-expect-error it comes without types
import autocannon from 'autocannon';
import { bodies, headers } from './order-body.mjs';
import { distributionOf } from './percentiles.mjs';
import { answerTask, cpuSecondsSince } from './worker.mjs';

/** @typedef {{ url: string, connections: number, warmUpSeconds: number, seconds: number }} ClosedLoop */
/**
 * @typedef {object} Accepted
 * @property {number} connections
 * @property {number} seconds
 * @property {number} accepted 201 answers
 * @property {number} perSecond
 * @property {number} failed other answers and broken connections
 * @property {import('./percentiles.mjs').Distribution} latency of all answers
 * @property {number} generatorCores how busy this process was
 */

/** @param {ClosedLoop} task @returns {Promise<Accepted>} */
async function load({ url, connections, warmUpSeconds, seconds }) {
  /** @type {number[]} */
  const latencies = [];
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
  /** @param {unknown} _client @param {number} status @param {number} _bytes @param {number} took */
  const count = (_client, status, _bytes, took) => {
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
