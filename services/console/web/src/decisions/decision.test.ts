import { describe, expect, it } from 'vitest';
import { ApiError } from '../api/request.ts';
import { createKeys, isNameRefused, isUncertain, toHeaders } from './decision.ts';

describe('createKeys', () => {
  it('keeps the key of a decision for its retry', () => {
    const { keyOf } = createKeys();
    expect(keyOf('requeue a')).toBe(keyOf('requeue a'));
    expect(keyOf('requeue a')).toMatch(/^[\da-f]{32}$/);
  });

  it('gives another decision, and one made after the reset, a new key', () => {
    const { keyOf, reset } = createKeys();
    const first = keyOf('requeue a');
    expect(keyOf('requeue b')).not.toBe(first);
    reset();
    expect(keyOf('requeue a')).not.toBe(first);
  });
});

it('leaves out the name that the console’s token replaces', () => {
  expect(toHeaders('k', 'ada')).toEqual({ 'idempotency-key': 'k', 'x-operator': 'ada' });
  expect(toHeaders('k', '')).toEqual({ 'idempotency-key': 'k' });
});

it('recognises a refused name', () => {
  expect(isNameRefused(new ApiError(400, 'bad', [{ path: 'x-operator', message: 'leave it out' }]))).toBe(
    true,
  );
  expect(isNameRefused(new ApiError(400, 'bad', [{ path: 'reason', message: 'too long' }]))).toBe(false);
});

it('takes a lost answer and a failing server as uncertain, a refusal as certain', () => {
  expect([0, 503, 500].map((status) => isUncertain(new ApiError(status, 'x')))).toEqual([true, true, true]);
  expect([400, 404, 409].map((status) => isUncertain(new ApiError(status, 'x')))).toEqual([
    false,
    false,
    false,
  ]);
});
