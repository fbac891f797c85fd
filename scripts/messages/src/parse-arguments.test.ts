import { CommanderError } from '@lmt/terminal';
import { describe, expect, test } from 'vitest';
import { parseArguments } from './parse-arguments.js';

const now = Date.parse('2026-11-22T12:00:00Z');
const id = '01a20374-15b6-7231-a82c-e4b3b47ade6c';
const other = '01a20374-15b6-7231-a82c-e4b3b47ade6d';
const split = (line: string) => line.split(' ').filter(Boolean);

function parse(args: string[]) {
  const printed: string[] = [];
  const print = (text: string) => printed.push(text);
  try {
    return { command: parseArguments(args, { out: print, err: print, now: () => now }) };
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return { exitCode: error.exitCode, printed: printed.join('\n') };
  }
}
const parseLine = (line: string) => parse(split(line)).command;

describe('the arguments', () => {
  test('of list become a filter and a limit of 50 by default', () => {
    expect(parseLine('list')).toEqual({ name: 'list', ids: [], filter: {}, limit: 50 });
    const line =
      'list --status dead --type order.placed.v1 --key k --before 2h --after 2026-01-31T12:00:00+01:00';
    expect(parseLine(`${line} --error timeout --limit 7 --json --url http://x`)).toMatchObject({
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
    expect(parseLine('list --all')).toMatchObject({ limit: Number.POSITIVE_INFINITY });
  });

  test('take a date as local midnight, and a time without a zone as local time', () => {
    const local = (time: string) => new Date(time).toISOString();
    expect(parseLine('list --after 2026-01-31')).toMatchObject({
      filter: { createdAfter: local('2026-01-31T00:00') },
    });
    expect(parseLine('list --after 2026-01-31T08:30')).toMatchObject({
      filter: { createdAfter: local('2026-01-31T08:30') },
    });
  });

  test('of requeue and discard select messages by unique ids or by a filter', () => {
    expect(parseLine(`requeue ${id} ${other} ${id.toUpperCase()} --by ada`)).toMatchObject({
      name: 'requeue',
      ids: [id, other],
      by: 'ada',
    });
    expect(parseLine(`discard --type t --reason why --yes --limit 3`)).toMatchObject({
      name: 'discard',
      filter: { type: 't' },
      limit: 3,
      reason: 'why',
      yes: true,
    });
    expect(parseLine('requeue --all --dry-run')).toMatchObject({ ids: [], filter: {}, dryRun: true });
  });

  test('request help for one command or for all', () => {
    expect(parse(['--help'])).toMatchObject({ exitCode: 0, printed: expect.stringContaining('Commands:') });
    expect(parse(['discard', '-h'])).toMatchObject({
      exitCode: 0,
      printed: expect.stringContaining('--dry-run'),
    });
  });
});

describe('an error message names the wrong argument', () => {
  test.each([
    ['', 'Commands:'],
    ['destroy', "unknown command 'destroy'"],
    ['constructor', "unknown command 'constructor'"],
    ['list --colour red', "unknown option '--colour'"],
    ['list --status NOPE', "'--status <status>' argument 'NOPE' is invalid. expected one of PENDING"],
    ['list --limit 0', "'--limit <n>' argument '0' is invalid. expected a whole number"],
    ['list --limit 1e3', "'--limit <n>' argument '1e3' is invalid. expected"],
    ['list --limit', "'--limit <n>' argument missing"],
    ['list --limit -5', "'--limit <n>' argument '-5' is invalid. expected"],
    ['list --limit 5 --all', "'--all' cannot be used with option '--limit <n>'"],
    ['list --type a --type b', "'--type <type>' argument 'b' is invalid. given twice"],
    ['list --before yesterday', "argument 'yesterday' is invalid. expected a time"],
    ['list --before 2026-02-30', "argument '2026-02-30' is invalid. expected a time"],
    ['list --before 2026-01-01T25:00', "argument '2026-01-01T25:00' is invalid. expected a time"],
    ['list --after 0000-01-01', "argument '0000-01-01' is invalid. expected a time"],
    ['list --before 999999999d', "argument '999999999d' is invalid. expected a time"],
    ['list dead', "too many arguments for 'list'"],
    ['stats --status DEAD', "unknown option '--status'"],
    ['show', "missing required argument 'id'"],
    ['show 4711', "'4711' is invalid for argument 'id'. expected a uuid"],
    [`show ${id} ${other}`, "too many arguments for 'show'"],
    ['requeue', 'no message selected'],
    ['requeue --reason x', 'no message selected'],
    ['requeue --limit 5 --reason x', 'no message selected'],
    ['requeue --type t', '--reason is missing'],
    ['requeue --all --type t --reason x', "'--all' cannot be used with option '--type <type>'"],
    [`requeue ${id} --all`, '--all cannot be used with ids'],
    [`requeue ${id} --type t`, '--type cannot be used with ids'],
    [`requeue ${id} --dry-run`, '--dry-run cannot be used with ids'],
    [`requeue ${id} --by \u0007`, "'--by <name>' argument '\\u0007' is invalid. expected text"],
    [`requeue ${id} x`, "'x' is invalid for argument 'id'. expected a uuid"],
    [`discard ${id}`, '--reason is missing'],
    ['discard --all', '--reason is missing'],
    ['discard --status DEAD --reason x', "unknown option '--status'"],
  ])('%s', (line, message) => {
    expect(parse(split(line))).toEqual({ exitCode: 1, printed: expect.stringContaining(message) });
  });

  test('also if its value is empty', () => {
    expect(parse(['list', '--key', '']).printed).toContain(
      "'--key <key>' argument '' is invalid. expected a value",
    );
    expect(parse(['requeue', '--type=']).printed).toContain(
      "'--type <type>' argument '' is invalid. expected a value",
    );
  });
});
