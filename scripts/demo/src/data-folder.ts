// .data: what the demo keeps between its runs.
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

// Raised when what lies there can't be used any more by what reads it.
const layout = '1';
// Of the running demo, not of the data.
const ofTheRun = /^(run|demo)\.json/;

async function contentOf(folder: string) {
  const names = await readdir(folder).catch((error) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  return names.filter((name) => !ofTheRun.test(name));
}

/**
 * Refuses a folder that is somebody else's, and, unless it is to be emptied, one that another version has
 * written. Only reads: to be called before anything there is touched.
 */
export async function checkDataFolder(folder: string, { reset }: { reset: boolean }) {
  const content = await contentOf(folder);
  if (content.length === 0) return;
  if (!content.includes('layout'))
    throw new Error(`${folder} is not a folder of this demo; name an empty one with DEMO_DATA`);
  const found = (await readFile(join(folder, 'layout'), 'utf8')).trim();
  if (reset || found === layout) return;
  throw new Error(
    `${folder} was written by another version of this demo (layout ${found}, this one is ${layout}).\n` +
      'Start afresh with: npm run demo -- --reset',
  );
}

/** Makes the folder ours, and empties it if asked to. */
export async function openDataFolder(folder: string, { reset }: { reset: boolean }) {
  await checkDataFolder(folder, { reset });
  if (reset) {
    // Killed amid this, the folder must still be known as ours.
    const content = (await contentOf(folder)).filter((name) => name !== 'layout');
    for (const name of content) await rm(join(folder, name), { recursive: true, force: true });
  }
  await writeFile(join(folder, 'layout'), `${layout}\n`);
}
