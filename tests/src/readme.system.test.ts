import { walkDemo } from '@lmt/walk';
import { expect, it } from 'vitest';
import { kafkaUnavailable } from './system.fixture.js';

it.skipIf(kafkaUnavailable)(
  'prints what the README and the walkthrough show',
  { timeout: 900_000 },
  async () => {
    const lines: string[] = [];
    try {
      expect(await walkDemo((line) => lines.push(line))).toBeGreaterThan(20);
    } catch (error) {
      throw new Error(
        `${error instanceof Error ? error.message : error}\n--- before that\n${lines.slice(-40).join('\n')}`,
      );
    }
  },
);
