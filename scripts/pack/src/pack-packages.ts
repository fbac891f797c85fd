import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from '@lmt/stack';
import { execa } from 'execa';

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
}

export interface Tarball {
  readonly name: string;
  readonly file: string;
}

const readJson = async (path: string) => JSON.parse(await readFile(join(root, path), 'utf8'));

async function findPublishable(): Promise<Manifest[]> {
  const folders = await readdir(join(root, 'packages'));
  const manifests: Manifest[] = await Promise.all(
    folders.map((folder) => readJson(`packages/${folder}/package.json`)),
  );
  return manifests.filter((manifest) => manifest.private !== true);
}

/**
 * Packs the compiled packages that are not private into `folder`. pnpm writes real versions instead
 * of `workspace:` and `catalog:`, and the `exports` of `publishConfig`. The tarball of messaging
 * contains kafkajs as it is installed here, with the patch.
 */
export async function packPackages(folder: string): Promise<Tarball[]> {
  const { packageManager } = await readJson('package.json');
  const manifests = await findPublishable();
  const filters = manifests.flatMap(({ name }) => ['--filter', name]);
  // pnpm packs bundled dependencies only with this setting, although it finds them without.
  const options = ['--config.node-linker=hoisted', '--pack-destination', folder];
  await execa('npx', ['-y', packageManager, ...filters, 'pack', ...options], { cwd: root });
  return manifests.map(({ name, version }) => ({
    name,
    file: join(folder, `${name.replace('@', '').replace('/', '-')}-${version}.tgz`),
  }));
}
