import type { Sql } from '@lmt/outbox';
import { createMetrics } from '@lmt/service-kit';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { watchBacklog } from './watch-backlog.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const row = (part: string, status: string, count: number, topic = 'order-events') => ({
  part,
  status,
  topic,
  count,
  age: 12.5,
});

async function start(rows: () => Promise<unknown[]>, topics: readonly string[] | null = ['order-events']) {
  const lines: [level: string, details: object, text: string][] = [];
  const log = (level: string) => (details: object, text: string) => void lines.push([level, details, text]);
  const logger = { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') };
  const metrics = createMetrics('relay');
  const reads = vi.fn(rows);
  const sql = { $queryRawUnsafe: reads, $executeRawUnsafe: async () => 0 } as Sql;
  const stop = watchBacklog({ logger, metrics, sql, topics });
  await vi.advanceTimersByTimeAsync(0);
  /** Returns the value of a metric as Prometheus reads it. */
  async function value(name: string, label = ''): Promise<string | undefined> {
    const text = await metrics.registry.metrics();
    return text
      .split('\n')
      .find((line) => line.startsWith(`${name}{`) && line.includes(label))
      ?.split(' ')[1];
  }
  return { lines, reads, stop, value };
}

describe('the gauges', () => {
  it('read the backlog once per scrape', async () => {
    const { value, reads } = await start(async () => [
      row('new', 'PENDING', 2),
      row('timed', 'PENDING', 1),
      row('timed', 'PUBLISHED', 2),
      row('dead', 'DEAD', 1),
    ]);
    reads.mockClear();
    expect(await value('outbox_backlog_messages', 'status="PENDING"')).toBe('3');
    expect(reads).toHaveBeenCalledTimes(1);
    expect(await value('outbox_backlog_messages', 'status="PUBLISHED"')).toBe('2');
    expect(await value('outbox_backlog_messages', 'status="DEAD"')).toBe('1');
    expect(await value('outbox_oldest_unfinished_seconds')).toBe('12.5');
    expect(await value('outbox_backlog_capped', 'status="PENDING"')).toBe('0');
  });

  it('metrics-at-size: mark the counts that are lower bounds', async () => {
    const { value } = await start(async () => [row('new', 'PENDING', 100_000), row('dead', 'DEAD', 1)]);
    expect(await value('outbox_backlog_messages', 'status="PENDING"')).toBe('100000');
    expect(await value('outbox_backlog_capped', 'status="PENDING"')).toBe('1');
    expect(await value('outbox_backlog_capped', 'status="DEAD"')).toBe('0');
  });

  it('show an empty table as no backlog', async () => {
    const { value } = await start(async () => []);
    expect(await value('outbox_backlog_messages', 'status="PENDING"')).toBe('0');
    expect(await value('outbox_oldest_unfinished_seconds')).toBe('0');
  });

  it('show NaN, not zero, while the database does not answer', async () => {
    const { value } = await start(() => Promise.reject(new Error('connection refused')));
    expect(await value('outbox_backlog_messages', 'status="PENDING"')).toBe('Nan');
    expect(await value('outbox_oldest_unfinished_seconds')).toBe('Nan');
  });
});

it('answers a scrape in time while the database is frozen, and counts once it runs again', async () => {
  let isFrozen = true;
  const { value } = await start(async () => {
    if (isFrozen) await new Promise(() => {});
    return [row('dead', 'DEAD', 1)];
  });
  const frozen = value('outbox_backlog_messages', 'status="DEAD"');
  await vi.advanceTimersByTimeAsync(2_000);
  expect(await frozen).toBe('Nan');
  isFrozen = false;
  expect(await value('outbox_backlog_messages', 'status="DEAD"')).toBe('1');
});

describe('unknown-topic: messages of topics that this relay does not know', () => {
  const rows = async () => [
    row('new', 'PENDING', 5),
    row('new', 'PENDING', 3, 'refunds'),
    row('timed', 'PUBLISHED', 1, 'refunds'),
    row('dead', 'DEAD', 7, 'refunds'),
  ];
  const warning = [
    'warn',
    { messages: 4, topics: ['refunds'] },
    'messages wait, because this relay does not know their topics; deploy a relay that knows them',
  ];

  it('unknown-topic: are counted, and named once a minute until the relay stops', async () => {
    const { lines, value, stop } = await start(rows);
    expect(lines).toEqual([warning]);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(lines).toEqual([warning, warning]);
    stop();
    await vi.advanceTimersByTimeAsync(120_000);
    expect(lines).toHaveLength(2);
    expect(await value('outbox_unknown_topic_messages')).toBe('4');
  });

  it('unknown-topic: do not exist for a publisher that accepts any topic', async () => {
    const { lines, value } = await start(rows, null);
    expect(lines).toEqual([]);
    expect(await value('outbox_unknown_topic_messages')).toBe('0');
  });
});
