import { describe, expect, it } from 'vitest';
import { databaseFailure, databaseReason, isNotCommitted } from './database-error.js';

/** Creates the error of node-postgres. */
const plainFailure = (state: string) => Object.assign(new Error('text in any language'), { code: state });

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
    ['0A000', 'conflict'],
    ['26000', 'conflict'],
    ['42P05', 'conflict'],
    ['55P03', 'locked'],
    ['25P02', 'unavailable'],
    ['25006', 'unavailable'],
    ['28000', 'unavailable'],
    ['28P01', 'unavailable'],
    ['3D000', 'unavailable'],
    ['3F000', 'unavailable'],
    ['42501', 'unavailable'],
    ['42P01', 'unavailable'],
    ['42601', 'unavailable'],
    ['55006', 'unavailable'],
    ['58030', 'unavailable'],
    ['F0000', 'unavailable'],
    ['P0002', 'unavailable'],
    ['XX000', 'unavailable'],
  ])('finds the SQLSTATE in the error or its innermost cause: %s is %s', (state, failure) => {
    expect(databaseFailure(plainFailure(state))).toBe(failure);
    expect(databaseFailure(rawFailure(state))).toBe(failure);
  });

  it.each([
    ['a refused connection', Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }), 'unavailable'],
    ['a transaction that timed out', Object.assign(new Error('x'), { code: 'P2028' }), 'unavailable'],
    ['a write conflict', Object.assign(new Error('x'), { code: 'P2034' }), 'conflict'],
    ['a lost connection', new Error('x', { cause: new Error('Connection terminated') }), 'unavailable'],
    ['an unknown record', Object.assign(new Error('x'), { code: 'P2025' }), 'other'],
    ['a full file system', Object.assign(new Error('x'), { code: 'EROFS' }), 'other'],
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

describe('the reason for the operator', () => {
  it.each([
    [
      rawFailure('25006'),
      'the database is read-only: it is a standby or a former primary, or default_transaction_read_only is on (25006)',
    ],
    [
      rawFailure('28P01'),
      'the database refuses the login of this service: check the user and password of its URL (28P01)',
    ],
    [rawFailure('57014'), 'a statement took too long, or an operator cancelled it (57014)'],
    [rawFailure('42601'), 'the database failed to run a statement; see its log (42601)'],
    [new Error('Connection terminated unexpectedly'), 'the connection to the database broke'],
    [new TypeError('x is not a function'), null],
  ])('never quotes the text of the driver', (error, reason) => {
    expect(databaseReason(error)).toBe(reason);
  });
});

describe('whether a statement is certainly not committed', () => {
  it.each(['57014', '25006', '42501', '42P01', '40001', '23505'])('it is not after %s', (state) => {
    expect(isNotCommitted(rawFailure(state))).toBe(true);
  });

  it.each(['57P01', '57P02', '08006', '25P03', '53100', '58030', 'XX000'])(
    'it may be after %s, which may end the connection after the commit',
    (state) => {
      expect(isNotCommitted(rawFailure(state))).toBe(false);
    },
  );

  it.each(['28P01', '3D000', '53300', '57P03'])('it is not after %s, a refused connection', (state) => {
    expect(isNotCommitted(rawFailure(state))).toBe(true);
  });

  it.each([
    ['ECONNREFUSED', true],
    ['ENOTFOUND', true],
    ['EHOSTUNREACH', false],
    ['ENETUNREACH', false],
    ['EPIPE', false],
    ['ECONNRESET', false],
    ['P2028', false],
  ])('after %s: %s', (code, expected) => {
    expect(isNotCommitted(Object.assign(new Error('x'), { code }))).toBe(expected);
  });

  it.each([
    ['timeout exceeded when trying to connect', true],
    ['Connection terminated due to connection timeout', true],
    ['Connection terminated unexpectedly', false],
    ['connection terminated: nothing received for 20 s', false],
  ])('after an error of node-postgres without a code, %s: %s', (message, expected) => {
    expect(isNotCommitted(new Error(message))).toBe(expected);
  });

  it('it may be after any other error', () => {
    expect(isNotCommitted(new TypeError('x is not a function'))).toBe(false);
  });
});
