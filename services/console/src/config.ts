import {
  bearerToken,
  expected,
  httpUrl,
  internalHttpSettings,
  logSettings,
  publicHttpSettings,
} from '@lmt/service-kit';
import { z } from 'zod';

const HOST_NAME = /^([a-z\d](?:[a-z\d.-]*[a-z\d])?|\[[\da-f:.]+\])$/;

/** The settings that make up the sign-in link. */
export const signInSettings = {
  /** A browser that sends it gets a session. The key that signs the sessions is derived from it. */
  SIGN_IN_TOKEN: bearerToken(),
  /** The console's address in the browser. Default: the loopback address with PORT. */
  CONSOLE_URL: httpUrl('https://console.example.com').optional(),
  ...publicHttpSettings(3003),
};

/** Settings of the console, from the environment. */
export const config = z
  .object({
    ...signInSettings,
    /** Further host names at which a browser may reach the console. */
    ALLOWED_HOSTS: z
      .string()
      .transform((value): readonly string[] => value.split(',').map((name) => name.trim().toLowerCase()))
      .refine(
        (names) => names.every((name) => HOST_NAME.test(name)),
        expected('host names without ports, several separated by commas. Default: none'),
      )
      .default([]),
    ORDER_URL: httpUrl('http://127.0.0.1:3000'),
    ORDER_INTERNAL_URL: httpUrl('http://127.0.0.1:3100'),
    INVENTORY_URL: httpUrl('http://127.0.0.1:3001'),
    INVENTORY_INTERNAL_URL: httpUrl('http://127.0.0.1:3101'),
    RELAY_INTERNAL_URL: httpUrl('http://127.0.0.1:3102'),
    /** Operators' tokens. The console adds them to its requests and never sends them to a browser. */
    ORDER_ADMIN_TOKEN: bearerToken(),
    INVENTORY_ADMIN_TOKEN: bearerToken(),
    /** The control channel of the demo or of Docker Compose, which runs experiments and verify. */
    CONTROL_URL: httpUrl().optional(),
    CONTROL_TOKEN: bearerToken().optional(),
    ...internalHttpSettings(3103),
    ...logSettings,
  })
  .refine((settings) => (settings.CONTROL_URL === undefined) === (settings.CONTROL_TOKEN === undefined), {
    path: ['CONTROL_URL'],
    error: 'expected CONTROL_URL and CONTROL_TOKEN together, or neither',
    // Reported together with errors of other settings, but not with another error of these two.
    when: ({ issues }) => !issues.some(({ path }) => /^CONTROL_/.test(String(path?.[0]))),
  });

export type Config = z.infer<typeof config>;
