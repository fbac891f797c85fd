import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ConfigError } from './config-error.js';
import { parseConfig } from './parse-config.js';
import { bearerToken, secrets } from './secret-setting.js';
import { addresses, choice, integer, seconds, text } from './setting.js';
import { internalHttpSettings, logSettings, publicHttpSettings } from './setting-groups.js';
import { databaseUrl, httpUrl } from './url-setting.js';

const GOOD_SECRET = 'a'.repeat(32);

function failure(schema: z.ZodType, env: Record<string, string>): ConfigError {
  try {
    parseConfig(schema, env);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
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
    BATCH: integer(100, { min: 1, max: 1000 }),
    KEYS: secrets(),
    TOKEN: bearerToken(),
    DATABASE_URL: databaseUrl(),
    PEER_URL: httpUrl(),
    BROKERS: addresses(['127.0.0.1:9092']),
    MODE: choice(['kafka', 'direct'], 'kafka'),
    CRON: text('* * * * *'),
  })
  .superRefine((config, context) => {
    if (config.LEASE_SECONDS > config.TIMEOUT_SECONDS) return;
    const message = 'must be longer than TIMEOUT_SECONDS';
    context.addIssue({ code: 'custom', path: ['LEASE_SECONDS'], message });
  });

const REQUIRED = {
  KEYS: GOOD_SECRET,
  TOKEN: GOOD_SECRET,
  DATABASE_URL: 'postgresql://u:p@127.0.0.1:5432/orders',
  PEER_URL: 'http://127.0.0.1:3000',
};

describe('parseConfig', () => {
  it('takes the defaults of what is not set, empty or blank', () => {
    const config = parseConfig(schema, { ...REQUIRED, PORT: '', BATCH: '  ', LOG_LEVEL: undefined });
    expect(config).toMatchObject({
      LOG_LEVEL: 'info',
      LOG_FORMAT: 'json',
      HOST: '127.0.0.1',
      PORT: 3000,
      INTERNAL_HOST: '127.0.0.1',
      INTERNAL_PORT: 3100,
      LEASE_SECONDS: 30,
      BATCH: 100,
      KEYS: [GOOD_SECRET],
      BROKERS: ['127.0.0.1:9092'],
      MODE: 'kafka',
      CRON: '* * * * *',
    });
  });

  it('reads what is set, blanks around it aside', () => {
    const other = 'b'.repeat(40);
    const config = parseConfig(schema, {
      ...REQUIRED,
      PORT: ' 0 ',
      LEASE_SECONDS: '12.5',
      KEYS: `${GOOD_SECRET}, ${other}`,
      BROKERS: 'a:1, [::1]:2',
      MODE: 'direct\r',
    });
    expect(config).toMatchObject({
      PORT: 0,
      LEASE_SECONDS: 12.5,
      KEYS: [GOOD_SECRET, other],
      BROKERS: ['a:1', '[::1]:2'],
      MODE: 'direct',
    });
  });

  it('names every bad setting at once, each on one line with what was expected and the way out', () => {
    const error = failure(schema, { PORT: '99999', LOG_LEVEL: 'loud\nPORT fine', BATCH: '1e3', TOKEN: 'x' });
    expect(error.settings.toSorted()).toEqual(
      ['BATCH', 'DATABASE_URL', 'KEYS', 'LOG_LEVEL', 'PEER_URL', 'PORT', 'TOKEN'].toSorted(),
    );
    const lines = error.message.split('\n');
    expect(lines).toHaveLength(8);
    expect(lines[0]).toBe('7 settings are wrong:');
    expect(error.message).toContain('"99999", expected a port from 0 to 65535. Unset, it is 3000');
    expect(error.message).toContain('expected a whole number from 1 to 1000');
    expect(error.message).toContain('openssl rand -hex 32');
    expect(error.message).toMatch(/KEYS +is not set: expected one secret/);
  });

  it('never shows the value of a secret or a URL', () => {
    const error = failure(schema, {
      TOKEN: 'hush-1',
      KEYS: `${GOOD_SECRET},hush-2`,
      DATABASE_URL: 'mysql://u:hush-3@h/d',
      PEER_URL: 'ftp://u:hush-4@h',
    });
    expect(error.settings).toHaveLength(4);
    expect(error.message).not.toMatch(/hush|aaaa/);
  });

  it('refuses three secrets, and a URL without a database', () => {
    const error = failure(schema, {
      ...REQUIRED,
      KEYS: [GOOD_SECRET, GOOD_SECRET, GOOD_SECRET].join(','),
      DATABASE_URL: 'postgres://u:p@h:5432',
    });
    expect(error.settings).toEqual(['KEYS', 'DATABASE_URL']);
  });

  it('refuses a whsec_ secret whose key is too short', () => {
    const weak = `whsec_${'!'.repeat(40)}`;
    expect(failure(schema, { ...REQUIRED, KEYS: weak }).settings).toEqual(['KEYS']);
    const strong = `whsec_${Buffer.alloc(24, 1).toString('base64')}`;
    expect(parseConfig(schema, { ...REQUIRED, KEYS: strong })).toMatchObject({ KEYS: [strong] });
  });

  it.each(['a blank', 'a\ttab', 'a\nline', 'an é', 'a\u0000', 'a\u2028'])(
    'refuses a bearer token with %j, which no header could carry',
    (part) => {
      const error = failure(schema, { ...REQUIRED, TOKEN: GOOD_SECRET + part + GOOD_SECRET });
      expect(error.message).toBe(
        '1 setting is wrong:\n  TOKEN  is wrong: expected at least 32 visible ASCII characters without blanks. Make one: openssl rand -hex 32',
      );
    },
  );

  it.each(['nowhere', 'h:0', 'h:65536', 'h:99999', 'a:1,', ',', 'a:1;b:2', 'a b:1', ':1', '[::1]', 'h:1:x'])(
    'refuses %j as addresses',
    (value) => {
      expect(failure(schema, { ...REQUIRED, BROKERS: value }).settings).toEqual(['BROKERS']);
    },
  );

  it('shows no character of a value that could forge a line', () => {
    const error = failure(schema, {
      ...REQUIRED,
      LOG_LEVEL: 'x\u2028y\u009bz\u202e',
      PORT: 'a\nb\r\u001b[2J',
    });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these must not be in the message
    expect(error.message).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u202e]/);
    expect(error.message.split('\n')).toHaveLength(3);
  });

  it('reports a broken rule between settings', () => {
    const error = failure(schema, { ...REQUIRED, LEASE_SECONDS: '5' });
    expect(error.message).toBe('1 setting is wrong:\n  LEASE_SECONDS  must be longer than TIMEOUT_SECONDS');
  });

  it.each(['NaN', 'Infinity', '0x10', '-1', '1e3', '٣', '1,5', '5 s'])('refuses %j as seconds', (value) => {
    expect(failure(schema, { ...REQUIRED, TIMEOUT_SECONDS: value }).settings).toContain('TIMEOUT_SECONDS');
  });
});
