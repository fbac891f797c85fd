import { describe, expect, it } from 'vitest';
import { messageResultsRequest, readMessageResult } from './message-results.js';

const id = '01a20374-15b6-7231-a82c-e4b3b47ade6c';
const processedAt = '2026-01-01T00:00:00.000Z';
const result = { messageId: id, orderId: id, outcome: 'SUCCEEDED', processedAt } as const;

describe('the times that a consumer observed', () => {
  it('are optional', () => {
    expect(readMessageResult(result)).toEqual(result);
    expect(readMessageResult({ ...result, receivedAt: processedAt })).toEqual({
      ...result,
      receivedAt: processedAt,
    });
    expect(messageResultsRequest.parse({ results: [1], sentAt: processedAt })).toEqual({
      results: [1],
      sentAt: processedAt,
    });
  });

  it.each(['soon', '', 5, null, {}])(
    'are dropped if unreadable, and the result still applies: %j',
    (time) => {
      expect(readMessageResult({ ...result, receivedAt: time })).toEqual(result);
      expect(messageResultsRequest.parse({ results: [1], sentAt: time })).toEqual({ results: [1] });
    },
  );
});
