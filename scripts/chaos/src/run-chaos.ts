// One run: a system of its own, broken under load by a plan, healed, judged.
import type { WriteStream } from 'node:fs';
import { createWriteStream, rmSync } from 'node:fs';
import { mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Stack } from '@lmt/stack';
import { poll, startStack } from '@lmt/stack';
import pg from 'pg';
import { carryOutAll, healAll } from './faults.js';
import { createLoad, loadStock } from './load.js';
import { brokenInvariants, brokenPromises, findUnfinished, ordersByState, recoveryTimes } from './outcome.js';
import { createRandom } from './random.js';
import { reportOf } from './report.js';
import type { PlannedFault } from './schedule.js';
import { describeFault, planFaults } from './schedule.js';

/** Short, in the proportions of the defaults, so that a minute sees many retries. */
const settings = {
  // Fail-points are refused otherwise.
  NODE_ENV: 'test',
  LOG_FORMAT: 'json',
  RELAY_CRON: '*/1 * * * * *',
  RESULT_DEADLINE_SECONDS: '2',
  RETRY_BASE_SECONDS: '0.5',
  RETRY_CAP_SECONDS: '4',
  RELAY_LEASE_SECONDS: '3',
  PUBLISH_TIMEOUT_SECONDS: '2',
};
const convergeSeconds = 60;
const readySeconds = 60;

export interface RunOptions {
  seconds: number;
  seed: number;
  every?: number;
  broker: 'kafka' | 'direct' | undefined;
  keep: boolean;
  say: (line: string) => void;
  /** ends it at once; rejects with the signal's reason */
  signal: AbortSignal;
}

/** Resolves with what is wrong, in words; nothing if every promise holds. */
export async function runChaos({
  seconds,
  seed,
  every,
  broker,
  keep,
  say,
  signal,
}: RunOptions): Promise<readonly string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'lmt-chaos-'));
  const logs = join(folder, 'logs');
  await mkdir(logs);
  const files: Map<string, WriteStream> = new Map();
  let duplicates = 0;
  let deaths = 0;

  function keepLine(name: string, line: string) {
    const file = files.get(name) ?? createWriteStream(join(logs, `${name}.log`));
    files.set(name, file);
    file.write(`${line}\n`);
    // The counter of /metrics dies with its process; the line does not.
    if (line.includes('"duplicate ignored"')) duplicates += Number(/"copies":(\d+)/.exec(line)?.[1] ?? 0);
  }

  let stack: Stack | null = null;
  let load: ReturnType<typeof createLoad> | null = null;
  let order: pg.Pool | null = null;
  let failed = true;
  try {
    say(`seed ${seed}, ${seconds} s; logs in ${logs}`);
    stack = await startStack({
      folder,
      ...(broker ? { broker } : {}),
      instances: { order: 2, relay: 2, inventory: 2 },
      links: 'all',
      env: settings,
      log: (line) => {
        keepLine('supervisor', line);
        if (/ died \(/.test(line)) deaths += 1;
      },
      onLine: keepLine,
      signal,
    });
    await loadStock(stack);
    order = new pg.Pool({ connectionString: stack.databases.order, max: 4, connectionTimeoutMillis: 30_000 });
    order.on('error', () => {
      // Postgres is killed on purpose; the next query connects anew.
    });
    // Only now: compiled by then.
    const { FAIL_POINTS } = await import('../../packages/contracts/dist/index.js');
    const services = stack.names.filter((name) => stack?.addressOf(name));
    const parts = {
      broker: stack.broker.kind,
      services,
      links: stack.links.names,
      failPoints: FAIL_POINTS,
    };
    const planned = planFaults(seed, seconds, parts, every === undefined ? {} : { every });
    const { links } = stack;
    load = createLoad({
      stack,
      orderUrls: links.names
        .filter((name) => name.startsWith('client->'))
        .map((name) => `http://127.0.0.1:${links.portOf(name)}`),
      random: createRandom(seed + 1),
      run: `chaos-${seed}`,
    });
    const problems = await breakAndHeal({ stack, load, order, planned, seconds, signal, say });
    const { ended, convergedInMs, unfinished, notCarriedOut } = problems;
    const wrong = [
      ...problems.failures,
      ...unfinished,
      ...(await brokenPromises(order, load)),
      ...(await brokenInvariants(stack)),
    ];
    const faults: Record<string, number> = {};
    for (const { kind } of ended) faults[kind] = (faults[kind] ?? 0) + 1;
    say(
      reportOf({
        orders: await ordersByState(order),
        faults,
        notCarriedOut,
        counts: load.counts,
        duplicates,
        recovery: await recoveryTimes(order, ended),
        convergedInMs,
        deaths,
      }),
    );
    failed = wrong.length > 0;
    if (failed) {
      say(`\nseed ${seed} broke it. The schedule was:`);
      for (const fault of planned) say(describeFault(fault));
      say(`\nThe data and the logs are kept in ${folder}\n`);
    }
    return wrong;
  } finally {
    await order?.end();
    await load?.close();
    await (signal.aborted ? stack?.killAll() : stack?.stop());
    for (const file of files.values()) file.end();
    if (signal.aborted || !(failed || keep)) rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function breakAndHeal({
  stack,
  load,
  order,
  planned,
  seconds,
  signal,
  say,
}: {
  stack: Stack;
  load: ReturnType<typeof createLoad>;
  order: pg.Pool;
  planned: readonly PlannedFault[];
  seconds: number;
  signal: AbortSignal;
  say: (line: string) => void;
}) {
  const over = new AbortController();
  const patience = new AbortController();
  const onAbort = () => {
    over.abort(signal.reason);
    patience.abort(signal.reason);
  };
  signal.addEventListener('abort', onAbort, { once: true });
  const ended: { kind: string; endedAt: number }[] = [];
  const notCarriedOut: string[] = [];
  const failures: string[] = [];

  const loading = load.run(over.signal, patience.signal).catch((error) => {
    signal.throwIfAborted();
    failures.push(`a client gave up: ${error.message}`);
  });
  const requeueing = setInterval(() => void load.requeueDead(), 3_000);
  try {
    await Promise.all([
      carryOutAll({
        scene: { stack, order, accepted: load.accepted },
        planned,
        onBegin: (fault) => say(describeFault(fault)),
        onEnd(fault, failure) {
          if (failure === null) ended.push({ kind: fault.kind, endedAt: Date.now() });
          else notCarriedOut.push(`${describeFault(fault).trim()}: ${failure.message.split('\n')[0]}`);
        },
        signal,
      }),
      pause(seconds * 1_000, undefined, { signal }),
    ]);
    over.abort();
    say('        healing');
    await healAll(stack, readySeconds).catch((error) => {
      failures.push(`not everything came back: ${error.message}`);
    });
    signal.throwIfAborted();
    const healed = performance.now();
    const giveUp = setTimeout(
      () => patience.abort(new Error('no final answer in time')),
      convergeSeconds * 1_000,
    );
    await loading;
    // So that each fault has an order after it.
    await load
      .placeOne(patience.signal)
      .catch((error) => failures.push(`no order is taken: ${error.message}`));
    clearTimeout(giveUp);
    let unfinished: string[] = [];
    await poll(
      'everything is finished',
      async () => {
        signal.throwIfAborted();
        unfinished = await findUnfinished(order).catch((error) => [
          `the database does not answer: ${error.message}`,
        ]);
        return unfinished.length === 0;
      },
      { seconds: convergeSeconds, everyMs: 200 },
    ).catch((error) => {
      signal.throwIfAborted();
      failures.push(error.message);
    });
    return { ended, notCarriedOut, failures, unfinished, convergedInMs: performance.now() - healed };
  } finally {
    clearInterval(requeueing);
    signal.removeEventListener('abort', onAbort);
    over.abort();
  }
}
