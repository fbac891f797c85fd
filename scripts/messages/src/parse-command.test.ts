import { describe, expect, test } from 'vitest';
import { parseCommand } from './parse-command.js';
import { UsageError } from './usage.js';

const now = Date.parse('2026-11-22T12:00:00Z');
const id = '01a20374-15b6-7231-a82c-e4b3b47ade6c';
const other = '01a20374-15b6-7231-a82c-e4b3b47ade6d';
const parse = (line: string) => parseCommand(line.split(' ').filter(Boolean), now);

describe('a command line', () => {
  test('of list has its filter, and 50 messages unless it says otherwise', () => {
    expect(parse('list')).toEqual({
      name: 'list',
      json: false,
      url: null,
      status: null,
      filter: {},
      limit: 50,
    });
    const line =
      'list --status dead --type order.placed.v1 --key k --before 2h --after 2026-01-31T12:00:00+01:00';
    expect(parse(`${line} --error timeout --limit 7 --json --url http://x`)).toEqual({
      name: 'list',
      json: true,
      url: 'http://x',
      status: 'DEAD',
      filter: {
        type: 'order.placed.v1',
        key: 'k',
        createdBefore: '2026-11-22T10:00:00.000Z',
        createdAfter: '2026-01-31T11:00:00.000Z',
        error: 'timeout',
      },
      limit: 7,
    });
    expect(parse('list --all')).toMatchObject({ limit: Number.POSITIVE_INFINITY });
  });

  test('takes a date as its beginning here, and a time without a zone as a time here', () => {
    const local = (time: string) => new Date(time).toISOString();
    expect(parse('list --after 2026-01-31')).toMatchObject({
      filter: { createdAfter: local('2026-01-31T00:00') },
    });
    expect(parse('list --after 2026-01-31T08:30')).toMatchObject({
      filter: { createdAfter: local('2026-01-31T08:30') },
    });
  });

  test('of requeue and discard names messages by ids, each once, or by a filter', () => {
    expect(parse(`requeue ${id} ${other} ${id.toUpperCase()} --by ada`)).toMatchObject({
      name: 'requeue',
      ids: [id, other],
      reason: null,
      by: 'ada',
    });
    expect(parse(`discard --type t --reason why --yes --limit 3`)).toMatchObject({
      name: 'discard',
      filter: { type: 't' },
      limit: 3,
      reason: 'why',
      yes: true,
      dryRun: false,
    });
    expect(parse('requeue --all --dry-run')).toMatchObject({ filter: {}, reason: null, dryRun: true });
  });

  test('asks for help, of a command or of all', () => {
    expect(parse('--help')).toEqual({ name: 'help', of: null });
    expect(parse('discard --help')).toEqual({ name: 'help', of: 'discard' });
    expect(parse('list -h --nope-is-not-reached'.split(' --')[0] ?? '')).toEqual({
      name: 'help',
      of: 'list',
    });
  });
});

describe('a wrong command line is refused by a line that names what is wrong', () => {
  test.each([
    ['', 'which command? list, show, stats, requeue, discard'],
    ['destroy', 'destroy: no such command'],
    ['constructor', 'constructor: no such command'],
    ['list --colour red', "Unknown option '--colour'"],
    ['list --status NOPE', '--status NOPE: expected one of PENDING'],
    ['list --limit 0', '--limit 0: expected a whole number'],
    ['list --limit 1e3', '--limit 1e3: expected'],
    ['list --limit', "Option '--limit <value>' argument missing"],
    ['list --limit -5', "Option '--limit' argument is ambiguous"],
    ['list --limit 5 --all', '--all and --limit'],
    ['list --type a --type b', '--type is given twice'],
    ['list --before yesterday', '--before yesterday: expected a time'],
    ['list --before 2026-02-30', '--before 2026-02-30: expected a time'],
    ['list --before 2026-01-01T25:00', '--before 2026-01-01T25:00: expected a time'],
    ['list --after 0000-01-01', '--after 0000-01-01: expected a time'],
    ['list --before 999999999d', '--before 999999999d: expected a time'],
    ['list dead', 'list takes no argument: dead'],
    ['stats --status DEAD', "Unknown option '--status'"],
    ['show', 'show what?'],
    ['show 4711', '4711: expected the id of a message'],
    [`show ${id} ${other}`, `show takes one id: ${other}`],
    ['requeue', 'requeue what?'],
    ['requeue --reason x', 'requeue what?'],
    ['requeue --limit 5 --reason x', 'requeue what?'],
    ['requeue --type t', '--reason is missing'],
    ['requeue --all --type t --reason x', '--all means every DEAD message'],
    [`requeue ${id} --all`, '--all is not for messages that are named by their ids'],
    [`requeue ${id} --type t`, '--type is not for'],
    [`requeue ${id} --dry-run`, '--dry-run is not for'],
    [`requeue ${id} x`, 'x: expected the id'],
    [`discard ${id}`, '--reason is missing'],
    ['discard --all', '--reason is missing'],
    ['discard --status DEAD --reason x', "Unknown option '--status'"],
  ])('%s', (line, message) => {
    expect(() => parse(line)).toThrow(UsageError);
    expect(() => parse(line)).toThrow(message);
  });

  test('also when a value is empty', () => {
    expect(() => parseCommand(['list', '--key', ''], now)).toThrow('--key: expected a value');
    expect(() => parseCommand(['requeue', '--type='], now)).toThrow('--type: expected a value');
  });
});
