import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { onlyOneOperatorSetting, operatorSettings, readOperators } from './operator-tokens.js';
import { ConfigError, parseConfig } from './parse-config.js';
import { httpUrl } from './setting.js';

const schema = z.object({ PEER_URL: httpUrl(), ...operatorSettings }).check(onlyOneOperatorSetting);
const PEER_URL = 'http://127.0.0.1:3000';
const A = 'a'.repeat(32);
const B = 'b:b='.repeat(10);

const parse = (env: Record<string, string>) => readOperators(parseConfig(schema, { PEER_URL, ...env }));

function failure(env: Record<string, string>): string {
  try {
    parseConfig(schema, env);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error('expected a ConfigError');
}

describe("the operators' tokens", () => {
  it('are named tokens, of which two may have the same name', () => {
    expect(parse({ ADMIN_TOKENS: `ada:${A}, bob-2_x.y:${B},ada:${A}x` })).toEqual([
      { name: 'ada', token: A },
      { name: 'bob-2_x.y', token: B },
      { name: 'ada', token: `${A}x` },
    ]);
  });

  it('are one token that all operators share', () => {
    expect(parse({ ADMIN_TOKEN: A })).toEqual([{ name: 'operator', token: A }]);
  });

  it('are required, and reported together with other settings', () => {
    const message = failure({});
    expect(message).toMatch(/^ {2}ADMIN_TOKEN is not set: expected either ADMIN_TOKEN, .* or ADMIN_TOKENS /m);
    expect(message).toMatch(/openssl rand -hex 32/);
    expect(message).toMatch(/^ {2}PEER_URL is not set/m);
  });

  it('come from one setting only', () => {
    const message = failure({ PEER_URL, ADMIN_TOKEN: A, ADMIN_TOKENS: `ada:${B}` });
    expect(message).toMatch(/^wrong settings:\n {2}ADMIN_TOKEN is wrong: expected either ADMIN_TOKEN, .*$/);
    expect(message).not.toMatch(/aaaa|bbb/);
  });

  it.each([
    ['a short token', 'ada:hush'],
    ['no name', `:hush${A}`],
    ['a blank in a name', `ada l:hush${A}`],
    ['a colon in a name', `hush${A}`],
    ['a name of 101 characters', `${'n'.repeat(101)}:hush${A}`],
    ['a token twice', `ada:hush${A},bob:hush${A}`],
    ['nothing after a comma', `ada:hush${A},`],
    ['a token that a header cannot carry', `ada:hush${A}é`],
    ['101 tokens', Array.from({ length: 101 }, (_, index) => `ada:hush${A}${index}`).join()],
  ])('are rejected with %s, without quoting a token', (_, value) => {
    const message = failure({ PEER_URL, ADMIN_TOKENS: value });
    expect(message).toMatch(/^wrong settings:\n {2}ADMIN_TOKENS is wrong: expected name:token, .*$/);
    expect(message).not.toContain('hush');
  });

  it('are rejected once if the shared token is too short', () => {
    const message = failure({ PEER_URL, ADMIN_TOKEN: 'hush' });
    expect(message).toMatch(/^wrong settings:\n {2}ADMIN_TOKEN is wrong: expected at least 32 .*$/);
  });
});
