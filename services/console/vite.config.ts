import react from '@vitejs/plugin-react';
import { defaultClientConditions, defineConfig } from 'vite';

/** Builds the page into dist/web, which the console serves. */
export default defineConfig({
  root: 'web',
  plugins: [react()],
  // Bundles the workspace packages' sources.
  resolve: { conditions: ['source', ...defaultClientConditions] },
  build: {
    outDir: '../dist/web',
    emptyOutDir: true,
    target: 'es2023',
    // The content security policy allows no inline data.
    assetsInlineLimit: 0,
  },
});
