// .data: what the demo keeps between its runs.
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

// Raised when what lies there can't be used any more by what reads it.
const layout = '1';
// Of the running demo, not of the data.
const ofTheRun = 'run.json';

/**
 * Empties the folder if asked to, and refuses one that another version has written.
 *
 * @param {string} folder
 * @param {{ reset: boolean }} options
 */
export async function openDataFolder(folder, { reset }) {
  const layoutFile = join(folder, 'layout');
  const content = (await readdir(folder)).filter((name) => !name.startsWith(ofTheRun));
  if (reset) {
    for (const name of content) await rm(join(folder, name), { recursive: true, force: true });
  } else if (content.length > 0) {
    const found = (await readFile(layoutFile, 'utf8').catch(() => 'unknown')).trim();
    if (found !== layout) {
      throw new Error(
        `.data was written by another version of this demo (layout ${found}, this one is ${layout}).\n` +
          'Start afresh with: npm run demo -- --reset',
      );
    }
  }
  await writeFile(layoutFile, `${layout}\n`);
}
