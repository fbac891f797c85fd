import type { AppliedResult, MessageTimes } from '@lmt/outbox';
import { createMetrics } from '@lmt/service-kit';
import { expect, it } from 'vitest';
import { createSpeedObserver } from './observe-speed.js';

const times: MessageTimes = {
  createdAt: 1_000,
  claimedAt: 1_001,
  publishedAt: null,
  receivedAt: 3_000,
  processedAt: 3_020,
  sentAt: 3_010,
  completedAt: 601_000,
};
const answer = (fields: Partial<AppliedResult>): AppliedResult => ({
  result: { messageId: 'm', key: 'k', outcome: 'SUCCEEDED', processedAt: '' },
  status: 'applied',
  type: 'order.placed.v1',
  newStatus: 'COMPLETED',
  times: null,
  ...fields,
});

it('observes completed messages in total and in each known stage, in seconds', async () => {
  const metrics = createMetrics('order');
  const observe = createSpeedObserver(metrics);
  observe([answer({ newStatus: 'DEAD' }), answer({ times }), answer({ status: 'duplicate' })]);
  observe([answer({ times: { ...times, claimedAt: null } })]);
  const text = await metrics.registry.metrics();
  const lines = text.split('\n').filter((line) => /^outbox_(stage|completed)_seconds_(sum|count)/.test(line));
  expect(lines.map((line) => line.replace(/service="order",?/, ''))).toEqual([
    'outbox_stage_seconds_sum{stage="claim"} 0.001',
    'outbox_stage_seconds_count{stage="claim"} 1',
    'outbox_stage_seconds_sum{stage="process"} 0.04',
    'outbox_stage_seconds_count{stage="process"} 2',
    'outbox_stage_seconds_sum{stage="report"} 0',
    'outbox_stage_seconds_count{stage="report"} 2',
    'outbox_stage_seconds_sum{stage="complete"} 1195.98',
    'outbox_stage_seconds_count{stage="complete"} 2',
    'outbox_completed_seconds_sum{} 1200',
    'outbox_completed_seconds_count{} 2',
  ]);
  expect(text).toMatch(/outbox_completed_seconds_bucket\{le="600",service="order"\} 2/);
});
