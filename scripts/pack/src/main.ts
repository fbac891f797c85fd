// npm run pack: packs the packages that can be published, checks the tarballs and prints their paths.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from '@lmt/stack';
import { ArgumentError, createCommand, parseText, runCommand } from '@lmt/terminal';
import { checkTarball } from './check-tarball.js';
import { packPackages } from './pack-packages.js';

const command = createCommand('pack', 'Packs the packages that can be published and checks the tarballs.')
  .option('--into <folder>', 'where the tarballs are written', parseText, join(root, '.data', 'tarballs'))
  .action(async ({ into }: { into: string }) => {
    await mkdir(into, { recursive: true }).catch((error: NodeJS.ErrnoException) => {
      throw new ArgumentError(`--into: ${into} is not a folder and cannot be made one (${error.code})`);
    });
    for (const { file } of await packPackages(into)) {
      console.log(file);
      for (const problem of await checkTarball(file)) {
        console.error(problem);
        process.exitCode = 1;
      }
    }
  });

await runCommand(command);
