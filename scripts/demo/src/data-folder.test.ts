import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { checkDataFolder, openDataFolder } from './data-folder.js';
import { runDemo } from './run-demo.js';

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lmt-data-'));
  return () => rmSync(folder, { recursive: true });
});

function holds(...names: string[]) {
  for (const name of names) writeFileSync(join(folder, name), 'x');
}

describe.each([false, true])('with reset %s', (reset) => {
  test("rejects a folder that is not the demo's, names it, and touches nothing in it", async () => {
    holds('photo.jpg', 'demo.json', 'run.json');
    const message = `${folder} is not a folder of this demo; name an empty one with DEMO_DATA`;
    await expect(checkDataFolder(folder, { reset })).rejects.toThrow(message);
    await expect(openDataFolder(folder, { reset })).rejects.toThrow(message);
    await expect(runDemo({ folder, broker: 'direct', reset })).rejects.toThrow(message);
    expect(readdirSync(folder).sort()).toEqual(['demo.json', 'photo.jpg', 'run.json']);
  });

  test('accepts a folder that is missing, empty, or has only the files of a run', async () => {
    await checkDataFolder(join(folder, 'none'), { reset });
    await openDataFolder(folder, { reset });
    rmSync(join(folder, 'layout'));
    holds('run.json', 'run.json.next', 'demo.json');
    await openDataFolder(folder, { reset });
    expect(existsSync(join(folder, 'layout'))).toBe(true);
  });
});

test('keeps the data, and deletes it on a reset except for the files of the run', async () => {
  await openDataFolder(folder, { reset: false });
  mkdirSync(join(folder, 'postgres'));
  holds('run.json', 'postgres/data');
  await openDataFolder(folder, { reset: false });
  expect(existsSync(join(folder, 'postgres/data'))).toBe(true);
  await openDataFolder(folder, { reset: true });
  expect(readdirSync(folder).sort()).toEqual(['layout', 'run.json']);
});

test('rejects data of another version, unless it is reset', async () => {
  holds('layout', 'secrets.json');
  await expect(checkDataFolder(folder, { reset: false })).rejects.toThrow(
    `${folder} was written by another version of this demo (layout x, this one is 1)`,
  );
  await openDataFolder(folder, { reset: true });
  expect(readdirSync(folder)).toEqual(['layout']);
});
