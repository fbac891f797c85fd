import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '@lmt/stack';
import { walkDemo } from '@lmt/walk';
import { expect, it } from 'vitest';
import { withoutKafka } from './system.fixture.js';

it.skipIf(withoutKafka)('does, and prints, what the README says', { timeout: 900_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'lmt-walk-'));
  const said: string[] = [];
  try {
    const readme = await readFile(join(root, 'README.md'), 'utf8');
    expect(await walkDemo(readme, { folder, say: (line) => said.push(line) })).toBeGreaterThan(20);
  } catch (error) {
    throw new Error(
      `${error instanceof Error ? error.message : error}\n--- before that\n${said.slice(-40).join('\n')}`,
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
