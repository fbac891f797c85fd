import { describe, expect, it } from 'vitest';
import { retryOnConflict } from './retry-on-conflict.js';

const CONFLICT = new Error('serialization failure');
const isConflict = (error: unknown) => error === CONFLICT;

/** A transaction that fails with a conflict the given number of times and then succeeds. */
function losing(times: number) {
  let attempts = 0;
  const transaction = async () => {
    attempts += 1;
    if (attempts <= times) throw CONFLICT;
    return `attempt ${attempts}`;
  };
  return { transaction, attempts: () => attempts };
}

describe('retryOnConflict', () => {
  it.each([0, 1, 4])('succeeds after %i conflicts, and reports each', async (times) => {
    const retried: number[] = [];
    const result = await retryOnConflict(losing(times).transaction, {
      isConflict,
      onRetry: (error, attempt) => {
        expect(error).toBe(CONFLICT);
        retried.push(attempt);
      },
    });
    expect(result).toBe(`attempt ${times + 1}`);
    expect(retried).toEqual(Array.from({ length: times }, (_, index) => index + 1));
  });

  it('throws the conflict after five attempts', async () => {
    const { transaction, attempts } = losing(5);
    await expect(retryOnConflict(transaction, { isConflict })).rejects.toBe(CONFLICT);
    expect(attempts()).toBe(5);
  });

  it('throws any other error at once', async () => {
    let attempts = 0;
    const transaction = async () => {
      attempts += 1;
      throw new Error('syntax error');
    };
    await expect(retryOnConflict(transaction, { isConflict })).rejects.toThrow('syntax error');
    expect(attempts).toBe(1);
  });
});
