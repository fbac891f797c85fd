import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type MessageEvent, type MessageStatus, sourceStates, transition } from './lifecycle.js';

const STATUSES: MessageStatus[] = ['PENDING', 'PUBLISHED', 'COMPLETED', 'DEAD', 'DISCARDED'];
const EVENTS: MessageEvent[] = [
  'acknowledged',
  'unpublishable',
  'succeeded',
  'rejected',
  'failed',
  'requeued',
  'discarded',
  'cancelled',
  'sent-now',
];

describe('the lifecycle of a message', () => {
  it('never leaves COMPLETED or DISCARDED', () => {
    for (const event of EVENTS) {
      expect(transition('COMPLETED', event)).toBeNull();
      expect(transition('DISCARDED', event)).toBeNull();
    }
  });

  it('a result completes a message in any unfinished status, even when it is late', () => {
    for (const status of ['PENDING', 'PUBLISHED', 'DEAD'] as const) {
      expect(transition(status, 'succeeded')).toBe('COMPLETED');
      expect(transition(status, 'rejected')).toBe('COMPLETED');
    }
  });

  it('makes a dead letter PENDING only by a requeue', () => {
    const back = EVENTS.filter((event) => transition('DEAD', event) === 'PENDING');
    expect(back).toEqual(['requeued']);
  });

  it('a completed message never changes, whatever the events and their order', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...EVENTS)), (events) => {
        let status: MessageStatus = 'PENDING';
        let finished = false;
        for (const event of events) {
          status = transition(status, event) ?? status;
          if (finished) expect(['COMPLETED', 'DISCARDED']).toContain(status);
          finished ||= status === 'COMPLETED' || status === 'DISCARDED';
        }
      }),
    );
  });

  it('returns exactly the statuses that an event can change', () => {
    for (const event of EVENTS) {
      expect(sourceStates(event)).toEqual(STATUSES.filter((status) => transition(status, event) !== null));
    }
  });
});
