import { parseConfig } from '@lmt/service-kit';
import { describe, expect, it } from 'vitest';
import { config } from './config.js';

const URLS = [
  'ORDER_URL',
  'ORDER_INTERNAL_URL',
  'INVENTORY_URL',
  'INVENTORY_INTERNAL_URL',
  'RELAY_INTERNAL_URL',
];
const SECRETS = ['SIGN_IN_TOKEN', 'ORDER_ADMIN_TOKEN', 'INVENTORY_ADMIN_TOKEN'];
const required = Object.fromEntries([
  ...URLS.map((name) => [name, 'http://127.0.0.1:1']),
  ...SECRETS.map((name) => [name, 's'.repeat(32)]),
]);
const CONTROL = { CONTROL_URL: 'http://127.0.0.1:1', CONTROL_TOKEN: 't'.repeat(32) };

describe('config', () => {
  it('has defaults, but none for a secret or a URL of a service', () => {
    expect(parseConfig(config, required)).toMatchObject({ HOST: '127.0.0.1', PORT: 3003, ALLOWED_HOSTS: [] });
    for (const name of [...URLS, ...SECRETS])
      expect(() => parseConfig(config, { ...required, [name]: '' })).toThrow(`${name} is not set`);
  });

  it('reads host names', () => {
    const read = (ALLOWED_HOSTS: string) => parseConfig(config, { ...required, ALLOWED_HOSTS }).ALLOWED_HOSTS;
    expect(read('Console.lan, [fd00::1],box')).toEqual(['console.lan', '[fd00::1]', 'box']);
    for (const wrong of ['a:3003', 'http://a', '*', 'a,,b', '.a'])
      expect(() => read(wrong)).toThrow('ALLOWED_HOSTS');
  });

  it('needs both settings of the control channel, or neither', () => {
    expect(parseConfig(config, { ...required, ...CONTROL })).toMatchObject(CONTROL);
    for (const name of Object.keys(CONTROL))
      expect(() => parseConfig(config, { ...required, ...CONTROL, [name]: '' })).toThrow(
        'together, or neither',
      );
  });
});
