// Finds the running demo for other commands: its addresses and its logins.
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface RunningDemo {
  readonly urls: {
    readonly order: string;
    readonly orderInternal: string;
    readonly inventory: string;
    readonly inventoryInternal: string;
    readonly relay: string;
    readonly console: string;
  };
  /** Opens the console. */
  readonly consoleSignInUrl: string;
  /** The owner's URLs. */
  readonly databases: { readonly order: string; readonly inventory: string };
  /** URLs of a login that can only read. */
  readonly auditorDatabases: { readonly order: string; readonly inventory: string };
  readonly broker: {
    readonly kind: 'kafka' | 'direct';
    readonly bootstrap: string | null;
    readonly topicPrefix: string;
    readonly groupId: string;
  };
  /** Both services accept it. */
  readonly adminToken: string;
  readonly adminTokens: { readonly order: string; readonly inventory: string };
}

/** `.data` of this checkout, unless DEMO_DATA names another folder. */
export function dataLocation(env: NodeJS.ProcessEnv): string {
  return env.DEMO_DATA ? resolve(env.DEMO_DATA) : fileURLToPath(new URL('../../../.data', import.meta.url));
}

/** Resolves with null if no demo runs. */
export async function findDemo(env: NodeJS.ProcessEnv): Promise<RunningDemo | null> {
  const content = await readFile(join(dataLocation(env), 'demo.json'), 'utf8').catch(() => null);
  return content === null ? null : JSON.parse(content);
}

export const noDemo = (alternative: string) =>
  `no demo runs from this checkout: start it with npm run demo, or ${alternative}`;

/** @param alternative how to proceed without a demo, for the error message */
export async function requireDemo(env: NodeJS.ProcessEnv, alternative: string): Promise<RunningDemo> {
  const demo = await findDemo(env);
  if (demo === null) throw new Error(noDemo(alternative));
  return demo;
}
