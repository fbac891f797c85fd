// Manages .data, where the demo keeps its files between runs.
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

// Increase this number when the new version cannot read the previous version's data.
const LAYOUT = '1';
// Files of the running demo, not part of the data.
const RUN_FILE = /^(run|demo)\.json/;

async function listData(folder: string) {
  const names = await readdir(folder).catch((error) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  return names.filter((name) => !RUN_FILE.test(name));
}

/**
 * Rejects a folder that is not the demo's. Unless `reset` is set, also rejects one that another
 * version wrote. Only reads, so it can run before anything in the folder is changed.
 */
export async function checkDataFolder(folder: string, { reset }: { readonly reset: boolean }) {
  const content = await listData(folder);
  if (content.length === 0) return;
  if (!content.includes('layout')) {
    throw new Error(`${folder} is not a folder of this demo; name an empty one with DEMO_DATA`);
  }
  const found = (await readFile(join(folder, 'layout'), 'utf8')).trim();
  if (reset || found === LAYOUT) return;
  throw new Error(
    `${folder} was written by another version of this demo (layout ${found}, this one is ${LAYOUT}).\n` +
      'Delete the data and start with: npm run demo -- --reset',
  );
}

/** Marks the folder as the demo's and deletes its data on a reset. */
export async function openDataFolder(folder: string, { reset }: { readonly reset: boolean }) {
  await checkDataFolder(folder, { reset });
  if (reset) {
    // The layout file stays, so that the folder is still recognised as the demo's after a crash.
    const content = (await listData(folder)).filter((name) => name !== 'layout');
    for (const name of content) await rm(join(folder, name), { recursive: true, force: true });
  }
  await writeFile(join(folder, 'layout'), `${LAYOUT}\n`);
}
