import { expect, it } from 'vitest';
import { serviceSecrets } from './service-env.js';

const credentials = {
  databases: { order: 'order-login', relay: 'relay-login', inventory: 'inventory-login' },
  callbackSecret: 'callback',
  adminTokens: { order: 'order-admin', inventory: 'inventory-admin' },
  consoleTokens: { order: 'order-console', inventory: 'inventory-console' },
  signInToken: 'sign-in',
};

it('gives the console a token of its own for each service, and no other secret of theirs', () => {
  expect(serviceSecrets('console', 'kafka', credentials)).toEqual({
    SIGN_IN_TOKEN: 'sign-in',
    ORDER_ADMIN_TOKEN: 'order-console',
    INVENTORY_ADMIN_TOKEN: 'inventory-console',
  });
  expect(serviceSecrets('console', 'kafka', { ...credentials, controlToken: 'control' })).toMatchObject({
    CONTROL_TOKEN: 'control',
  });
});

it.each([
  ['order', 'operator:order-admin,operator:order-console'],
  ['inventory', 'operator:inventory-admin,operator:inventory-console'],
] as const)(
  'lets operators and the console use the API of %s, and a shared token if there is one',
  (service, tokens) => {
    expect(serviceSecrets(service, 'kafka', credentials).ADMIN_TOKENS).toBe(tokens);
    const shared = { ...credentials, sharedAdminToken: 'shared' };
    expect(serviceSecrets(service, 'kafka', shared).ADMIN_TOKENS).toBe(`${tokens},operator:shared`);
  },
);
