// npm run contracts: fails if the contracts break clients or stored messages of the last release.
import { createCommand, runCommand } from '@lmt/terminal';
import { createDocuments } from './documents.js';
import { compareWithReleased, writeReleased } from './released.js';

const command = createCommand('contracts', 'Compares the contracts with those of the last release.')
  .option('--release', 'stores the contracts as those of the last release, after the comparison')
  .action(async ({ release = false }: { release?: boolean }) => {
    const documents = createDocuments();
    const changes = await compareWithReleased(documents);
    for (const change of changes) console.log(change);
    if (changes.length > 0) {
      console.log(`\n${changes.length} breaking changes. docs/upgrades.md describes how to add a version.`);
      process.exitCode = 1;
      return;
    }
    if (release) await writeReleased(documents);
    console.log(release ? 'released' : 'compatible with the last release');
  });

await runCommand(command);
