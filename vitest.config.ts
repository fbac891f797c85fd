import { defineConfig } from 'vitest/config';

// Unit and integration tests run on the packages' sources (condition `source` of their exports).
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
            '{packages,services,prisma,scripts}/*/src/**/*.test.ts',
            'services/console/web/src/**/*.test.ts',
            'tests/src/**/*.test.ts',
            'scripts/*.test.ts',
          ],
          exclude: ['**/*.{integration,system,docker}.test.*', '**/node_modules/**', '**/dist/**'],
          maxWorkers: 2,
          // Only ends tests that hang. A slow machine must not fail a test.
          testTimeout: 60_000,
        },
      },
      {
        ...source,
        test: {
          name: 'integration',
          include: [
            '{packages,services,prisma,scripts}/*/src/**/*.integration.test.ts',
            'examples/**/*.integration.test.ts',
          ],
          globalSetup: ['tests/src/datastores.ts'],
          maxWorkers: 2,
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          // Tests the compiled processes. The tests mostly wait, so two stacks in parallel take two
          // thirds of the time that they take one after the other.
          name: 'system',
          include: ['tests/src/**/*.system.test.ts'],
          setupFiles: ['tests/src/end-with-worker.ts'],
          maxWorkers: 2,
          testTimeout: 180_000,
          hookTimeout: 180_000,
        },
      },
      {
        test: {
          // Needs a Docker engine. Run by npm run compose-walk, not by npm test.
          name: 'docker',
          include: ['tests/src/docker/*.docker.test.ts'],
          globalSetup: ['tests/src/docker/compose-projects.ts'],
          maxWorkers: 1,
          testTimeout: 600_000,
          hookTimeout: 600_000,
        },
      },
    ],
  },
});
