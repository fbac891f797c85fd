// Open loop: orders are posted at fixed times, whether or not earlier ones are answered. Latency
// counts from those times, so a stall shows in every order it delays (no coordinated omission).
import { setTimeout as pause } from 'node:timers/promises';
import { Pool } from 'undici';
import { bodies, headers } from './orders.js';
import { toDistribution } from './percentiles.js';
import { cpuSecondsSince } from './process-usage.js';

const CONNECTIONS = 256;
const LAST_ANSWER_MS = 30_000;
const ID_FIELD = '"messageId":"';
const ID_LENGTH = 36;

export interface OpenLoop {
  readonly url: string;
  /** Orders per second. */
  readonly rate: number;
  readonly warmUpSeconds: number;
  readonly seconds: number;
}

/** When a request is due, in milliseconds after the start. */
export const dueAt = (index: number, rate: number) => (index * 1_000) / rate;

/** How many requests are due by then: those with an index below the result. */
export function dueCount(elapsedMs: number, rate: number, total: number): number {
  if (elapsedMs < 0) return 0;
  let count = Math.min(Math.floor((elapsedMs * rate) / 1_000) + 1, total);
  // The division in dueAt() may have rounded either way.
  while (count > 0 && dueAt(count - 1, rate) > elapsedMs) count -= 1;
  while (count < total && dueAt(count, rate) <= elapsedMs) count += 1;
  return count;
}

/** The result leaves out the orders of the warm-up. */
export async function openLoop({ url, rate, warmUpSeconds, seconds }: OpenLoop) {
  const pool = new Pool(url, { connections: CONNECTIONS, pipelining: 1 });
  const total = Math.round((warmUpSeconds + seconds) * rate);
  const first = Math.round(warmUpSeconds * rate);
  const late = new Float64Array(total);
  const answered = new Float64Array(total);
  const ids: string[] = new Array(total).fill('');
  let inFlight = 0;
  const cpu = process.cpuUsage();
  const start = performance.now();
  const sinceDue = (index: number) => performance.now() - start - dueAt(index, rate);

  function send(index: number) {
    let status = 0;
    let text = '';
    inFlight += 1;
    late[index] = sinceDue(index);
    const body = bodies[index % bodies.length] ?? '';
    pool.dispatch(
      { path: '/orders', method: 'POST', headers, body },
      {
        onRequestStart() {},
        onResponseStart(_controller, code) {
          status = code;
        },
        onResponseData(_controller, chunk) {
          text += chunk.toString('latin1');
        },
        onResponseEnd() {
          inFlight -= 1;
          answered[index] = sinceDue(index);
          const from = text.indexOf(ID_FIELD) + ID_FIELD.length;
          if (status === 201) ids[index] = text.slice(from, from + ID_LENGTH);
        },
        onResponseError() {
          inFlight -= 1;
        },
      },
    );
  }

  for (let next = 0; next < total; ) {
    const due = dueCount(performance.now() - start, rate, total);
    for (; next < due; next += 1) send(next);
    if (next < total) await pause(Math.max(1, -sinceDue(next)));
  }
  const took = (performance.now() - start) / 1_000;
  const busy = cpuSecondsSince(cpu);
  const deadline = performance.now() + LAST_ANSWER_MS;
  while (inFlight > 0 && performance.now() < deadline) await pause(10);

  const accepted = ids.flatMap((id, index) => (index >= first && id !== '' ? [index] : []));
  const epoch = performance.timeOrigin + start;
  return {
    rate,
    /** Orders that were not answered with 201. */
    failed: total - first - accepted.length,
    messageIds: accepted.map((index) => ids[index] ?? ''),
    /** Epoch milliseconds, in the order of `messageIds`. */
    scheduledAt: Float64Array.from(accepted, (index) => epoch + dueAt(index, rate)),
    /** Milliseconds from the scheduled time to the 201. */
    accepted: toDistribution(accepted.map((index) => answered[index] ?? Number.NaN)),
    /** Milliseconds from the scheduled time to the sending. */
    late: toDistribution(late.subarray(first)),
    generatorCores: busy / took,
  };
}
