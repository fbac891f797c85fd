import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress } from 'node:zlib';
import react from '@vitejs/plugin-react';
import { defaultClientConditions, defineConfig, type Plugin } from 'vite';

/** Writes each asset once more, compressed, as `<name>.br`. The console sends that file. */
const compressAssets: Plugin = {
  name: 'compress-assets',
  async writeBundle({ dir = '' }, bundle) {
    const assets = Object.keys(bundle).filter((name) => name.startsWith('assets/'));
    const compress = promisify(brotliCompress);
    await Promise.all(
      assets.map(async (name) =>
        writeFile(join(dir, `${name}.br`), await compress(await readFile(join(dir, name)))),
      ),
    );
  },
};

/** Vite adds a line number to each class, which does not compress. The name of the file is enough. */
function nameClass(name: string, file: string): string {
  const path = relative(import.meta.dirname, file);
  return `${name}-${createHash('sha256').update(path).digest('hex').slice(0, 5)}`;
}

/** Builds the page into dist/web, which the console serves. */
export default defineConfig({
  root: 'web',
  plugins: [react(), compressAssets],
  // Bundles the workspace packages' sources.
  resolve: { conditions: ['source', ...defaultClientConditions] },
  css: { modules: { generateScopedName: nameClass } },
  build: {
    outDir: '../dist/web',
    emptyOutDir: true,
    target: 'es2023',
    // One file compresses better than one a page.
    cssCodeSplit: false,
    // The content security policy allows no inline data.
    assetsInlineLimit: 0,
  },
});
