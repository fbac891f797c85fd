import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ConfigError, parseConfig } from './parse-config.js';
import {
  addresses,
  bearerToken,
  choice,
  databaseUrl,
  hours,
  httpUrl,
  integer,
  internalHttpSettings,
  logSettings,
  publicHttpSettings,
  seconds,
  secrets,
} from './setting.js';

const GOOD_SECRET = 'a'.repeat(32);

/** The message of the ConfigError, and the names of the settings that it lists. */
function failure(schema: z.ZodType, env: Record<string, string>) {
  try {
    parseConfig(schema, env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const names = error.message
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(' ')[0]);
    return { message: error.message, names };
  }
  throw new Error('expected a ConfigError');
}

const schema = z
  .object({
    ...logSettings,
    ...publicHttpSettings(3000),
    ...internalHttpSettings(3100),
    LEASE_SECONDS: seconds(30, { min: 0.5, max: 600 }),
    TIMEOUT_SECONDS: seconds(10, { min: 0.1, max: 60 }),
    RETENTION_HOURS: hours(168, { min: 0, max: 1_000 }),
    BATCH: integer(100, { min: 1, max: 1_000 }),
    KEYS: secrets(),
    TOKEN: bearerToken(),
    DATABASE_URL: databaseUrl(),
    PEER_URL: httpUrl(),
    BROKERS: addresses(['127.0.0.1:9092']),
    MODE: choice(['kafka', 'direct'], 'kafka'),
  })
  .refine((settings) => settings.LEASE_SECONDS > settings.TIMEOUT_SECONDS, {
    path: ['LEASE_SECONDS'],
    error: 'expected more than TIMEOUT_SECONDS',
  });

const REQUIRED = {
  KEYS: GOOD_SECRET,
  TOKEN: GOOD_SECRET,
  DATABASE_URL: 'postgresql://u:p@127.0.0.1:5432/orders',
  PEER_URL: 'http://127.0.0.1:3000',
};

describe('parseConfig', () => {
  it('uses the default of a setting that is not set, empty or blank', () => {
    const config = parseConfig(schema, { ...REQUIRED, PORT: '', BATCH: '  ', LOG_LEVEL: undefined });
    expect(config).toEqual({
      LOG_LEVEL: 'info',
      LOG_FORMAT: 'json',
      HOST: '127.0.0.1',
      PORT: 3000,
      INTERNAL_HOST: '127.0.0.1',
      INTERNAL_PORT: 3100,
      LEASE_SECONDS: 30,
      TIMEOUT_SECONDS: 10,
      RETENTION_HOURS: 168,
      BATCH: 100,
      KEYS: [GOOD_SECRET],
      TOKEN: GOOD_SECRET,
      DATABASE_URL: REQUIRED.DATABASE_URL,
      PEER_URL: REQUIRED.PEER_URL,
      BROKERS: ['127.0.0.1:9092'],
      MODE: 'kafka',
    });
  });

  it('trims the values and ignores other variables', () => {
    const other = 'b'.repeat(40);
    const config = parseConfig(schema, {
      ...REQUIRED,
      PORT: ' 0 ',
      HOST: '::1',
      LEASE_SECONDS: '12.5',
      RETENTION_HOURS: '0.25',
      KEYS: `${GOOD_SECRET}, ${other}`,
      BROKERS: 'a:1, [::1]:2',
      MODE: 'direct\r',
      PATH: '/bin',
    });
    expect(config).toMatchObject({
      PORT: 0,
      HOST: '::1',
      LEASE_SECONDS: 12.5,
      RETENTION_HOURS: 0.25,
      KEYS: [GOOD_SECRET, other],
      BROKERS: ['a:1', '[::1]:2'],
      MODE: 'direct',
    });
    expect(config).not.toHaveProperty('PATH');
  });

  it('names every bad setting at once, each on one line with the expected value and a hint', () => {
    const { names, message } = failure(schema, {
      PORT: '99999',
      LOG_LEVEL: 'loud',
      BATCH: '1e3',
      TOKEN: 'x',
    });
    expect(names.toSorted()).toEqual(
      ['BATCH', 'DATABASE_URL', 'KEYS', 'LOG_LEVEL', 'PEER_URL', 'PORT', 'TOKEN'].toSorted(),
    );
    expect(message).toMatch(/^wrong settings:(\n {2}\w+ is .*){7}$/);
    expect(message).toMatch(/PORT is wrong: "99999", expected a port from 0 to 65535\. Default: 3000\n/);
    expect(message).toMatch(/LOG_LEVEL is wrong: "loud", expected one of trace, debug, .* Default: info\n/);
    expect(message).toMatch(/BATCH is wrong: "1e3", expected a whole number from 1 to 1000\. Default: 100\n/);
    expect(message).toMatch(/KEYS is not set: expected one secret, .* openssl rand -hex 32\n/);
  });

  it('never quotes a secret or a value that may be a URL with a password', () => {
    const { names, message } = failure(schema, {
      TOKEN: 'hush-1',
      KEYS: `${GOOD_SECRET},hush-2`,
      DATABASE_URL: 'mysql://u:hush-3@h/d',
      PEER_URL: 'ftp://u:hush-4@h',
      BROKERS: 'kafka://u:hush-5@h:9092',
      HOST: 'u:hush-6@h',
    });
    expect(names).toHaveLength(6);
    expect(message).not.toMatch(/hush|aaaa/);
  });

  it('refuses the URL of a service with a password, which no request would send', () => {
    const { message } = failure(schema, { ...REQUIRED, PEER_URL: 'http://u:hush@h/' });
    expect(message).toMatch(/PEER_URL is wrong: expected a URL such as .* without a user and password$/);
  });

  it('shows any other wrong value on one line, shortened and without control characters', () => {
    const { names, message } = failure(schema, {
      ...REQUIRED,
      LOG_LEVEL: 'x\u2028y\u009bz\u202e',
      PORT: 'b\nb\r\u001b[2J',
      MODE: 'z'.repeat(1_000),
      BROKERS: 'nowhere, h:0',
    });
    expect(names).toHaveLength(4);
    expect(message.split('\n')).toHaveLength(5);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these must not be in the message
    expect(message).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u202e]/);
    expect(message).toContain('LOG_LEVEL is wrong: "x\\u2028y\\u009bz\\u202e", expected');
    expect(message).toContain('PORT is wrong: "b\\nb\\r\\u001b[2J", expected');
    expect(message).toContain(`MODE is wrong: "${'z'.repeat(60)}…", expected`);
    expect(message).toContain('BROKERS is wrong: "nowhere,h:0", expected');
  });

  it('rejects three secrets, and a URL without a database', () => {
    const { names } = failure(schema, {
      ...REQUIRED,
      KEYS: [GOOD_SECRET, GOOD_SECRET, GOOD_SECRET].join(','),
      DATABASE_URL: 'postgres://u:p@h:5432',
    });
    expect(names).toEqual(['KEYS', 'DATABASE_URL']);
  });

  it('rejects a whsec_ secret whose key is too short', () => {
    const weak = `whsec_${'!'.repeat(40)}`;
    expect(failure(schema, { ...REQUIRED, KEYS: weak }).names).toEqual(['KEYS']);
    const strong = `whsec_${Buffer.alloc(24, 1).toString('base64')}`;
    expect(parseConfig(schema, { ...REQUIRED, KEYS: strong })).toMatchObject({ KEYS: [strong] });
  });

  it.each(['a blank', 'a\ttab', 'a\nline', 'an é', 'a\u0000', 'a\u2028'])(
    'rejects a bearer token with %j, which a header cannot carry',
    (part) => {
      const { message } = failure(schema, { ...REQUIRED, TOKEN: GOOD_SECRET + part + GOOD_SECRET });
      expect(message).toBe(
        'wrong settings:\n  TOKEN is wrong: expected at least 32 visible ASCII characters without spaces. Make one: openssl rand -hex 32',
      );
    },
  );

  it.each(['nowhere', 'h:0', 'h:65536', 'h:99999', 'a:1,', ',', 'a:1;b:2', 'a b:1', ':1', '[::1]', 'h:1:x'])(
    'rejects %j as addresses',
    (value) => {
      expect(failure(schema, { ...REQUIRED, BROKERS: value }).names).toEqual(['BROKERS']);
    },
  );

  it.each(['postgresql://', 'mysql://h', 'localhost', 'http://h/d'])(
    'rejects %j as the URL of a database',
    (value) => {
      expect(failure(schema, { ...REQUIRED, DATABASE_URL: value }).names).toEqual(['DATABASE_URL']);
    },
  );

  it('url-parameters: names the parameter of a database URL that would replace settings of the service', () => {
    const { message } = failure(schema, {
      ...REQUIRED,
      DATABASE_URL: 'postgresql://u:hush@h/d?options=-c%20search_path%3Dpublic',
    });
    expect(message).toBe(
      'wrong settings:\n  DATABASE_URL is wrong: the parameter options of the URL is not supported: remove it. Supported are host, sslmode, sslrootcert, sslcert, sslkey, pooler',
    );
  });

  it('reports a violated rule about two settings', () => {
    const { message } = failure(schema, { ...REQUIRED, LEASE_SECONDS: '5' });
    expect(message).toBe('wrong settings:\n  LEASE_SECONDS is wrong: expected more than TIMEOUT_SECONDS');
  });

  it.each(['NaN', 'Infinity', '0x10', '-1', '1e3', '٣', '1,5', '5 s'])('rejects %j as seconds', (value) => {
    expect(failure(schema, { ...REQUIRED, TIMEOUT_SECONDS: value }).names).toContain('TIMEOUT_SECONDS');
  });
});
