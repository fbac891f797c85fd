import { defineConfig } from 'vitest/config';

// Packages are tested from their sources: the `source` condition of their exports.
const source = {
  resolve: { conditions: ['source'] },
  ssr: { resolve: { conditions: ['source'] } },
};

export default defineConfig({
  test: {
    projects: [
      {
        ...source,
        test: {
          name: 'unit',
          include: [
            '{packages,services,prisma}/*/src/**/*.test.ts',
            'tests/src/*.test.ts',
            'scripts/*/src/**/*.test.ts',
            'scripts/*.test.ts',
          ],
          exclude: ['**/*.{integration,system}.test.*', '**/node_modules/**', '**/dist/**'],
          // Ends what hangs; a slow machine must not.
          testTimeout: 60_000,
        },
      },
      {
        ...source,
        test: {
          name: 'integration',
          include: [
            '{packages,services,prisma}/*/src/**/*.integration.test.ts',
            'examples/**/*.integration.test.ts',
            'scripts/*/src/**/*.integration.test.ts',
          ],
          globalSetup: ['tests/src/datastores.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          // The running processes, from their compiled code. Most of the time they wait for something to
          // come back: two stacks at a time take two thirds of the time of one after the other.
          name: 'system',
          include: ['tests/src/**/*.system.test.ts'],
          maxWorkers: 2,
          testTimeout: 180_000,
          hookTimeout: 180_000,
        },
      },
    ],
  },
});
