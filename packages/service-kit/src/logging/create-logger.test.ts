import fc from 'fast-check';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { createLogger, type LoggerOptions } from './create-logger.js';

function logger(format: 'json' | 'pretty', options: Partial<LoggerOptions> = {}) {
  const lines: string[] = [];
  const stream = { write: (line: string) => lines.push(line) };
  return {
    lines,
    log: createLogger({ service: 'order', level: 'info', format, stream, ...options }),
  };
}

beforeEach(() => {
  vi.stubEnv('FORCE_COLOR', undefined);
  vi.stubEnv('NO_COLOR', undefined);
});

// biome-ignore lint/suspicious/noControlCharactersInRegex: these must not be in a line
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/;
const hostileText = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('\r\n', '\u001b[2J', '\u009b', '\u202e', '\u061c', '\u2066', '\u2028', '"', '\\'),
    ),
  )
  .map((parts) => parts.join(''));

describe('a pretty line', () => {
  it('has the time, the message and the fields in columns', () => {
    const { log, lines } = logger('pretty');
    log.info({ orderId: 'a-1', items: 2, note: 'two words', tags: ['x'] }, 'order placed');
    log.warn('slow');
    expect(lines[0]).toMatch(
      /^\d\d:\d\d:\d\d\.\d{3} order placed {25}orderId=a-1 items=2 note="two words" tags=\["x"\]\n$/,
    );
    expect(lines[1]).toMatch(/^\S+ WARN slow\n$/);
  });

  it('shows an error with its code and causes, and its stack only at debug', () => {
    const error = Object.assign(new Error('\nInvalid call:\n\n  bad', { cause: new Error('refused') }), {
      code: 'P2010',
    });
    const { log, lines } = logger('pretty');
    log.error({ err: error }, 'failed');
    expect(lines[0]).toMatch(/ ERROR failed +err="Invalid call: bad \(P2010\): refused"\n$/);
    const debug = logger('pretty', { level: 'debug' });
    debug.log.error({ err: error }, 'failed');
    expect(debug.lines[0]).toContain('create-logger.test.ts');
  });

  it.each([
    [true, {}, true],
    [false, {}, false],
    [false, { FORCE_COLOR: '1' }, true],
    [true, { FORCE_COLOR: '0' }, false],
    [false, { FORCE_COLOR: '1', NO_COLOR: '1' }, false],
  ])('on a terminal (%s) with %j is coloured: %s', (isTTY, env, expected) => {
    const { isTTY: before } = process.stdout;
    Object.assign(process.stdout, { isTTY });
    onTestFinished(() => void Object.assign(process.stdout, { isTTY: before }));
    for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
    const { log, lines } = logger('pretty');
    log.warn({ a: 1 }, 'slow');
    expect(lines[0]?.includes('\u001b[33mWARN\u001b[0m')).toBe(expected);
  });

  it('is printed even if fields replace its level and time', () => {
    const { log, lines } = logger('pretty');
    log.info({ level: 7, time: {}, msg: null, a: 1 });
    expect(lines[0]).toContain('a=1');
  });

  it('shortens long values', () => {
    const { log, lines } = logger('pretty');
    log.info({ long: 'x'.repeat(5_000) }, 'm');
    expect(lines[0]?.length).toBeLessThan(500);
  });
});

describe('any line', () => {
  it('is one line without control characters, whatever is logged', () => {
    fc.assert(
      fc.property(hostileText, hostileText, (first, second) => {
        for (const format of ['json', 'pretty'] as const) {
          const { log, lines } = logger(format, { level: 'debug' });
          const err = new Error(second, { cause: first });
          log.info({ first, [second]: { [first]: second }, err }, second);
          expect(lines).toHaveLength(1);
          expect(lines[0]?.endsWith('\n')).toBe(true);
          expect(lines[0]?.slice(0, -1)).not.toMatch(UNPRINTABLE);
          if (format === 'json')
            expect(JSON.parse(lines[0] ?? '')).toMatchObject({ msg: second.toWellFormed() });
        }
      }),
    );
  });

  it.each(['json', 'pretty'] as const)('redacts secrets and the passwords of URLs (%s)', (format) => {
    const { log, lines } = logger(format);
    log.info(
      {
        authorization: 'hush',
        headers: { authorization: 'hush' },
        settings: {
          ADMIN_TOKEN: 'hush',
          ADMIN_TOKENS: [{ name: 'ada', token: 'hush' }],
          CALLBACK_SECRET: ['hush'],
          SIGN_IN_TOKEN: 'hush',
          CONTROL_TOKEN: 'hush',
          ORDER_ADMIN_TOKEN: 'hush',
          INVENTORY_ADMIN_TOKEN: 'hush',
        },
        operators: [{ name: 'ada', token: 'hush' }],
        url: 'postgresql://lmt:hush@127.0.0.1/db',
        odd: 'postgresql://lmt:hu#sh?@hush@127.0.0.1/db',
        err: new Error('cannot reach postgresql://lmt:hush@127.0.0.1/db', {
          cause: new Error('postgresql://lmt:hush@127.0.0.1/db'),
        }),
      },
      'via http://u:hush@h/',
    );
    log
      .child({ a: 1 })
      .child({ secret: 'hush', headers: { authorization: 'hush' } })
      .info('child');
    expect(lines).toHaveLength(2);
    expect(lines.join('')).not.toContain('hush');
    expect(lines[0]).toContain('127.0.0.1/db');
  });

  it('keeps only the fields of an error that explain it', () => {
    const { log, lines } = logger('json');
    // pg-pool attaches the client to an error, undici a socket, Postgres the rejected row.
    const fields = { code: '23514', client: { secretKey: 7 }, headers: { authorization: 'hush' } };
    const cause = Object.assign(new TypeError('cause'), { detail: 'Failing row contains (hush)' });
    log.warn({ err: Object.assign(new Error('lost', { cause }), fields) }, 'm');
    expect(JSON.parse(lines[0] ?? '').err).toEqual({
      type: 'Error',
      message: 'lost',
      code: '23514',
      stack: expect.any(String),
      cause: { type: 'TypeError', message: 'cause', stack: expect.any(String) },
    });
  });

  it('names the first address of a connection error that has no message', () => {
    const { log, lines } = logger('pretty');
    const refused = new AggregateError([new Error('connect ECONNREFUSED ::1:5432')], '');
    log.warn({ err: Object.assign(refused, { code: 'ECONNREFUSED' }) }, 'm');
    expect(lines[0]).toContain('err="connect ECONNREFUSED ::1:5432 (ECONNREFUSED)"');
  });

  it('does not change the fields it is given', () => {
    const fields = { headers: { authorization: 'kept' } };
    logger('json').log.info(fields, 'm');
    expect(fields.headers.authorization).toBe('kept');
  });

  it('can contain a circular reference, and a thrown value that is not an error', () => {
    const { log, lines } = logger('pretty');
    const circle: Record<string, unknown> = {};
    circle.self = circle;
    const loop = new Error('loop');
    loop.cause = loop;
    log.error({ err: loop, circle }, 'm');
    for (const err of [null, 'text', 5n, circle, Object.create(null)]) log.error({ err }, 'm');
    expect(lines).toHaveLength(6);
  });

  it('is JSON with the level and the time as text in the json format', () => {
    const { log, lines } = logger('json');
    log.info({ a: 1 }, 'm');
    expect(JSON.parse(lines[0] ?? '')).toEqual({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      service: 'order',
      a: 1,
      msg: 'm',
    });
  });
});
