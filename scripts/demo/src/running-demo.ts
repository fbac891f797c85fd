// What the running demo tells the other scripts: where everything is, with the logins.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { dataLocation } from './data-location.js';

export interface RunningDemo {
  urls: { order: string; orderInternal: string };
  /** the owner's */
  databases: { order: string; inventory: string };
  broker: { kind: 'kafka' | 'direct'; bootstrap: string | null };
  adminToken: string;
}

/** Null where none runs. */
export async function findDemo(env: NodeJS.ProcessEnv): Promise<RunningDemo | null> {
  const content = await readFile(join(dataLocation(env), 'demo.json'), 'utf8').catch(() => null);
  return content === null ? null : JSON.parse(content);
}

/** @param otherwise what else can be done */
export const noDemo = (otherwise: string) =>
  `the demo does not run here: start it with npm run demo, or ${otherwise}`;

/** @param otherwise what can be done where none runs */
export async function requireDemo(env: NodeJS.ProcessEnv, otherwise: string): Promise<RunningDemo> {
  const demo = await findDemo(env);
  if (demo === null) throw new Error(noDemo(otherwise));
  return demo;
}
