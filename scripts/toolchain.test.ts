import { existsSync } from 'node:fs';
import { appendFile, copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { beforeEach, describe, expect, test } from 'vitest';

const OUTPUTS = { generate: 'prisma/order/src/generated/client.ts', build: 'services/order/dist/main.js' };
type Step = keyof typeof OUTPUTS;

let folder = '';
let log: string[] = [];
let prepare: (step: Step) => Promise<void>;

async function write(path: string, content: string) {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), content);
}

/** A tool that, like the compiler, repeats finished work only when it is forced. */
const toolThatWrites = (path: string) => `
  const fs = require('node:fs');
  const file = ${JSON.stringify(join(folder, path))};
  if (fs.existsSync(file + '.info') && !process.argv.includes('--force')) return;
  fs.mkdirSync(require('node:path').dirname(file), { recursive: true });
  fs.writeFileSync(file, '');
  fs.writeFileSync(file + '.info', '');`;

// A separate checkout, with tools that only write a file.
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lmt-toolchain-'));
  log = [];
  await write('tsconfig.json', '{ "references": [{ "path": "services/order" }] }');
  await write('services/order/src/main.ts', '');
  await write('node_modules/prisma/build/index.js', toolThatWrites(OUTPUTS.generate));
  await write('node_modules/typescript/bin/tsc', toolThatWrites(OUTPUTS.build));
  await mkdir(join(folder, 'prisma/order'), { recursive: true });
  // The tool writes only the output of the order client, whichever client it is run for.
  await mkdir(join(folder, 'prisma/inventory/src/generated'), { recursive: true });
  await mkdir(join(folder, 'scripts'));
  for (const name of ['npm-settings.mjs', 'toolchain.mjs']) {
    await copyFile(fileURLToPath(new URL(name, import.meta.url)), join(folder, 'scripts', name));
  }
  const toolchain = await import(pathToFileURL(join(folder, 'scripts/toolchain.mjs')).href);
  prepare = (step) => toolchain.prepare({ steps: [step], log: (line: string) => log.push(line) });
  return () => rm(folder, { recursive: true });
});

describe.each<Step>(['generate', 'build'])('the step %s', (step) => {
  const runs = async () => {
    log = [];
    await prepare(step);
    return log.length > 0;
  };

  test('runs once, and again when its output is missing', async () => {
    expect(await runs()).toBe(true);
    expect(await runs()).toBe(false);
    await rm(step === 'build' ? join(folder, OUTPUTS.build) : join(folder, 'prisma/order/src/generated'), {
      recursive: true,
    });
    expect(await runs()).toBe(true);
    expect(existsSync(join(folder, OUTPUTS[step]))).toBe(true);
    expect(await runs()).toBe(false);
  });

  test('runs again when an input has changed', async () => {
    await runs();
    await appendFile(join(folder, 'prisma/inventory/prisma.config.ts'), '// changed');
    expect(await runs()).toBe(true);
  });
});
