import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { parseTime } from './statement.js';

describe('a time', () => {
  it.each([
    '2026-11-26 23:41:34+00',
    '2026-11-26 23:41:34.1+00',
    '2026-11-26 23:41:34.123999+00',
    '1969-12-31 23:59:59.5+00',
    '0001-01-01 00:00:00+00',
    '2026-11-26 23:41:34.5+05:30',
    '2026-11-26 23:41:34-00:30',
    '12026-11-26 23:41:34+00',
    '0044-03-15 12:00:00+00 BC',
    'infinity',
    '-infinity',
  ])('%s is what node-postgres reads', (text) => {
    const expected = pg.types.getTypeParser(pg.types.builtins.TIMESTAMPTZ, 'text')(text);
    expect(parseTime(text)).toEqual(expected);
  });
});
