import type { MessageDetailView } from '@lmt/contracts';
import { expect, it } from 'vitest';
import { offerDecisions } from './offer-decisions.ts';

const now = new Date('2026-11-26T12:00:00.000Z');
const past = '2026-11-26T11:59:59.000Z';
const future = '2026-11-26T12:00:09.000Z';
const message: MessageDetailView = {
  id: 'm',
  topic: 'order-events',
  key: 'o',
  type: 'order.placed.v1',
  status: 'PUBLISHED',
  attempts: 1,
  failures: 0,
  availableAt: future,
  lastError: null,
  createdAt: past,
  claimedAt: past,
  publishedAt: past,
  position: null,
  completedAt: null,
  leasedUntil: null,
  payload: {},
  headers: {},
  result: null,
  history: [],
};

it('offers to send a message now that is not due yet', () => {
  expect(offerDecisions(message, now)).toEqual(['send-now']);
  expect(offerDecisions({ ...message, availableAt: past }, now)).toEqual([]);
  expect(offerDecisions({ ...message, leasedUntil: future }, now)).toEqual([]);
});

it('offers to requeue and discard a dead letter, but not to discard a cancellation', () => {
  expect(offerDecisions({ ...message, status: 'DEAD' }, now)).toEqual(['requeue', 'discard']);
  expect(offerDecisions({ ...message, status: 'DEAD', type: 'order.cancelled.v1' }, now)).toEqual([
    'requeue',
  ]);
});

it('offers nothing for a finished message', () => {
  expect(offerDecisions({ ...message, status: 'COMPLETED' }, now)).toEqual([]);
  expect(offerDecisions({ ...message, status: 'DISCARDED' }, now)).toEqual([]);
});
