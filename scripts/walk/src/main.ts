// npm run walk: does what the README says, on a demo of its own, and compares what is printed.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '@lmt/stack';

async function main() {
  const [unexpected] = process.argv.slice(2);
  if (unexpected !== undefined) throw new Error(`unknown argument ${unexpected}: npm run walk takes none`);
  // Only now: what it imports is installed by prepare().
  const { walkDemo } = await import('./walk-demo.js');
  const folder = await mkdtemp(join(tmpdir(), 'lmt-walk-'));
  try {
    const readme = await readFile(join(root, 'README.md'), 'utf8');
    const steps = await walkDemo(readme, { folder, say: console.log });
    console.log(`\n${steps} steps of the README do what it says`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

await main().catch((error) => {
  console.error(`\n${error.message}`);
  process.exitCode = 1;
});
