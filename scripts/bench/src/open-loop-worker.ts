// Open loop: orders are posted at fixed times, whether or not earlier ones were answered, and their
// latency counts from those times. A stall thus shows in every order that it delays (no coordinated
// omission).

import { setTimeout as pause } from 'node:timers/promises';
import { Pool } from 'undici';
import { bodies, headers } from './order-body.js';
import type { Distribution } from './percentiles.js';
import { distributionOf } from './percentiles.js';
import { dueAt, dueCount } from './schedule.js';
import { answerTask, cpuSecondsSince } from './worker.js';

const connections = 256;
const patienceMs = 30_000;
const idField = '"messageId":"';
const idLength = 36;

export type OpenLoop = { url: string; rate: number; warmUpSeconds: number; seconds: number };
/** what follows the warm-up */
export interface Paced {
  rate: number;
  /** no 201 */
  failed: number;
  /** of the orders accepted */
  messageIds: string[];
  /** epoch milliseconds, of each of them */
  scheduledAt: Float64Array;
  /** from the scheduled time to the 201 */
  accepted: Distribution;
  /** from the scheduled time to the sending */
  late: Distribution;
  /** how busy this process was */
  generatorCores: number;
}

async function load({ url, rate, warmUpSeconds, seconds }: OpenLoop): Promise<Paced> {
  const pool = new Pool(url, { connections, pipelining: 1 });
  const total = Math.round((warmUpSeconds + seconds) * rate);
  const first = Math.round(warmUpSeconds * rate);
  const late = new Float64Array(total);
  const answered = new Float64Array(total);
  const ids: string[] = new Array(total).fill('');
  let open = 0;
  const cpu = process.cpuUsage();
  const start = performance.now();

  function send(index: number) {
    let status = 0;
    let text = '';
    open += 1;
    late[index] = performance.now() - start - dueAt(index, rate);
    const request = {
      path: '/orders',
      method: 'POST' as const,
      headers,
      body: bodies[index % bodies.length] ?? '',
    };
    pool.dispatch(request, {
      onRequestStart() {},
      onResponseStart(_controller, code) {
        status = code;
      },
      onResponseData(_controller, chunk) {
        text += chunk.toString('latin1');
      },
      onResponseEnd() {
        open -= 1;
        answered[index] = performance.now() - start - dueAt(index, rate);
        const from = text.indexOf(idField) + idField.length;
        if (status === 201) ids[index] = text.slice(from, from + idLength);
      },
      onResponseError() {
        open -= 1;
      },
    });
  }

  for (let next = 0; next < total; ) {
    const due = dueCount(performance.now() - start, rate, total);
    for (; next < due; next += 1) send(next);
    if (next < total) await pause(Math.max(1, dueAt(next, rate) - (performance.now() - start)));
  }
  const took = (performance.now() - start) / 1_000;
  const busy = cpuSecondsSince(cpu);
  const deadline = performance.now() + patienceMs;
  while (open > 0 && performance.now() < deadline) await pause(10);

  const accepted = ids.flatMap((id, index) => (index >= first && id !== '' ? [index] : []));
  const epoch = performance.timeOrigin + start;
  return {
    rate,
    failed: total - first - accepted.length,
    messageIds: accepted.map((index) => ids[index] ?? ''),
    scheduledAt: Float64Array.from(accepted, (index) => epoch + dueAt(index, rate)),
    accepted: distributionOf(accepted.map((index) => answered[index] ?? Number.NaN)),
    late: distributionOf(late.subarray(first)),
    generatorCores: busy / took,
  };
}

answerTask(load);
