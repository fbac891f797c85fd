import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from '@lmt/stack';
import { findBreakingChanges } from './find-breaking-changes.js';

/** The documents of the last release. */
const folder = join(root, 'packages/contracts/released');

export async function writeReleased(documents: Readonly<Record<string, object>>): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [name, document] of Object.entries(documents))
    await writeFile(join(folder, name), `${JSON.stringify(document, null, 2)}\n`);
}

/** Reads the documents of the last release, by file name. */
async function readReleased(): Promise<[name: string, document: object][]> {
  const names = await readdir(folder).catch(() => []);
  return Promise.all(
    names.map(
      async (name): Promise<[string, object]> => [
        name,
        JSON.parse(await readFile(join(folder, name), 'utf8')),
      ],
    ),
  );
}

/** Compares the documents with the released ones. Returns the breaking changes, one line each. */
export async function compareWithReleased(documents: Readonly<Record<string, object>>): Promise<string[]> {
  const released = await readReleased();
  return released.flatMap(([name, document]) => {
    const current = documents[name];
    if (current === undefined) return [`${name}: removed`];
    return findBreakingChanges(document, current).map((change) => `${name}: ${change}`);
  });
}
