// Open loop: orders are posted at fixed times, whether or not earlier ones are answered. Latency is
// measured from those times, so a stall shows in every order it delays (no coordinated omission).
import { setTimeout as pause } from 'node:timers/promises';
import { Pool } from 'undici';
import { bodies, headers, type Load } from './orders.js';
import { toDistribution } from './percentiles.js';
import { cpuSecondsSince } from './process-usage.js';

const CONNECTIONS = 256;
const LAST_ANSWER_MS = 30_000;

interface OpenLoop extends Load {
  /** Orders per second. */
  readonly rate: number;
}

/** The result leaves out the orders of the warm-up. */
export async function openLoop({ url, rate, warmUpSeconds, seconds }: OpenLoop) {
  const pool = new Pool(url, { connections: CONNECTIONS, pipelining: 1 });
  const orders = Array.from({ length: Math.round((warmUpSeconds + seconds) * rate) }, (_, index) => ({
    body: bodies[index % bodies.length] ?? '',
    /** Milliseconds after the start. */
    dueAt: (index * 1_000) / rate,
    // Milliseconds from the scheduled time until the order is sent, and until it is answered.
    late: Number.NaN,
    answered: Number.NaN,
    /** Empty unless the answer is a 201. */
    messageId: '',
  }));
  let inFlight = 0;
  const cpu = process.cpuUsage();
  const start = performance.now();
  const sinceDue = ({ dueAt }: { readonly dueAt: number }) => performance.now() - start - dueAt;

  function send(order: (typeof orders)[number]) {
    let status = 0;
    let text = '';
    inFlight += 1;
    order.late = sinceDue(order);
    pool.dispatch(
      { path: '/orders', method: 'POST', headers, body: order.body },
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
          order.answered = sinceDue(order);
          if (status === 201) order.messageId = JSON.parse(text).messageId;
        },
        onResponseError() {
          inFlight -= 1;
        },
      },
    );
  }

  for (const order of orders) {
    // After a stall the delayed orders are sent without a pause.
    while (sinceDue(order) < 0) await pause(Math.max(1, -sinceDue(order)));
    send(order);
  }
  const took = (performance.now() - start) / 1_000;
  const generatorCores = cpuSecondsSince(cpu) / took;
  const deadline = performance.now() + LAST_ANSWER_MS;
  while (inFlight > 0 && performance.now() < deadline) await pause(10);

  const measured = orders.slice(Math.round(warmUpSeconds * rate));
  const accepted = measured.filter(({ messageId }) => messageId !== '');
  const epoch = performance.timeOrigin + start;
  return {
    rate,
    /** Orders that were not answered with 201. */
    failed: measured.length - accepted.length,
    /** The accepted orders. `dueAt` is in epoch milliseconds. */
    messages: accepted.map(({ messageId, dueAt }) => ({ id: messageId, dueAt: epoch + dueAt })),
    /** Milliseconds from the scheduled time to the 201. */
    accepted: toDistribution(accepted.map(({ answered }) => answered)),
    /** Milliseconds from the scheduled time until the order is sent. */
    late: toDistribution(measured.map(({ late }) => late)),
    generatorCores,
  };
}
