import { expect, it } from 'vitest';
import type { BatchReport, DelayedMessage } from './publish-batch.js';
import { createPublishHealth } from './publish-health.js';

const message: DelayedMessage['message'] = {
  id: 'message-1',
  seq: 1n,
  topic: 'order-events',
  key: 'order-1',
  type: 'order.placed.v1',
  status: 'PENDING',
  payload: '{}',
  headers: {},
  attempts: 0,
  failures: 0,
  createdAt: new Date(0),
  claimedAt: new Date(0),
};
const report = (fields: Partial<BatchReport>): BatchReport => ({
  claimed: 1,
  published: [],
  failed: [],
  blocked: [],
  dead: [],
  unavailable: null,
  mayLeaveDue: false,
  staleWrites: 0,
  ...fields,
});
const delayed = (reason: string, seconds: number) => [{ message, reason, nextAttemptInMs: seconds * 1_000 }];
const published = [{ message, attempt: 1, nextAttemptInMs: 10_000 }];

function start() {
  let now = 0;
  const health = createPublishHealth(() => now);
  return { ...health, pass: (seconds: number) => (now += seconds * 1_000) };
}

it('relay-clock: reports failed publications after 25 s without an acknowledgement, until the next one', () => {
  const { record, reason, pass } = start();
  record(report({ failed: delayed('refused', 12) }));
  pass(15);
  record(report({ failed: delayed('refused', 300) }));
  pass(9);
  expect(reason()).toBeNull();
  pass(1);
  expect(reason()).toBe('nothing was published for 25 s: refused');
  pass(300);
  expect(reason()).toBe('nothing was published for 325 s: refused');
  record(report({ published }));
  expect(reason()).toBeNull();
});

it('relay-clock: forgets a failure when another relay has claimed the message', () => {
  const { record, reason, pass } = start();
  record(report({ failed: delayed('refused', 20) }));
  pass(31);
  expect(reason()).toBeNull();
  record(report({ failed: delayed('refused', 20) }));
  pass(24);
  expect(reason()).toBeNull();
});

it('leaderless: reports blocked messages continuously while others are published', () => {
  const { record, reason, pass } = start();
  for (let round = 0; round < 5; round += 1) {
    record(report({ published, blocked: delayed('order-events/3 has no leader', 15) }));
    pass(7);
    record(report({ published }));
    pass(8);
    expect(reason()).toBe('some messages wait: order-events/3 has no leader');
  }
  pass(11);
  expect(reason()).toBeNull();
});

it('leaderless: still reports a blocked message while it waits for the next tick', () => {
  const { record, reason, pass } = start();
  record(report({ blocked: delayed('order-events/3 has no leader', 15) }));
  // Postponed by 15 s, claimed 5 s later by a tick, and tried for 2 s.
  pass(22);
  expect(reason()).toBe('some messages wait: order-events/3 has no leader');
});

it('reports nothing for dead letters and empty claims', () => {
  const { record, reason, pass } = start();
  for (let round = 0; round < 5; round += 1) {
    record(report({ dead: [{ message, reason: 'too large' }] }));
    record(report({ claimed: 0 }));
    pass(10);
  }
  expect(reason()).toBeNull();
});
