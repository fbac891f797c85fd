import { describe, expect, it } from 'vitest';
import { databaseFailure } from './database-error.js';

/** Creates Prisma's error for a raw statement, with the SQLSTATE three levels down. */
function rawFailure(state: string, message = 'text in any language'): Error {
  const cause = { originalCode: state, originalMessage: message, kind: 'postgres', code: state, message };
  const driverAdapterError = Object.assign(new Error(message, { cause }), { name: 'DriverAdapterError' });
  return Object.assign(new Error('Raw query failed.'), { code: 'P2010', meta: { driverAdapterError } });
}

describe('classifying the failure of a statement', () => {
  it.each([
    ['57P01', 'unavailable'],
    ['57014', 'unavailable'],
    ['08006', 'unavailable'],
    ['53300', 'unavailable'],
    ['25P03', 'unavailable'],
    ['40001', 'conflict'],
    ['40P01', 'conflict'],
    ['22003', 'data'],
    ['22P02', 'data'],
    ['23505', 'data'],
    ['23514', 'data'],
    ['54000', 'data'],
    ['P0001', 'data'],
    ['25P02', 'other'],
    ['25006', 'other'],
    ['42501', 'other'],
    ['42P01', 'other'],
  ])('finds the SQLSTATE in the innermost cause: %s is %s', (state, failure) => {
    expect(databaseFailure(rawFailure(state))).toBe(failure);
  });

  it.each([
    ['a refused connection', Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }), 'unavailable'],
    ['a transaction that timed out', Object.assign(new Error('x'), { code: 'P2028' }), 'unavailable'],
    ['a write conflict', Object.assign(new Error('x'), { code: 'P2034' }), 'conflict'],
    ['a lost connection', new Error('x', { cause: new Error('Connection terminated') }), 'unavailable'],
    ['a programming error', new TypeError('x is not a function'), 'other'],
    ['nothing', undefined, 'other'],
    ['a string', 'ECONNREFUSED', 'other'],
  ])('classifies %s', (_name, error, failure) => {
    expect(databaseFailure(error)).toBe(failure);
  });

  it('terminates on an error that is its own cause', () => {
    const error = new Error('round');
    error.cause = error;
    expect(databaseFailure(error)).toBe('other');
  });
});
