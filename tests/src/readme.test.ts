// Checks that translations show the same output, quotations match their source and links work.
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { root } from '@lmt/stack';
import { describe, expect, it } from 'vitest';
import { codeBlocks, headings, readSections } from './walk/read-walk.js';

const read = (path: string) => readFile(join(root, path), 'utf8');

async function listDocuments() {
  const docs = await readdir(join(root, 'docs'), { recursive: true });
  const markdown = docs.filter((name) => name.endsWith('.md')).map((name) => `docs/${name}`);
  return ['README.md', 'README.zh-CN.md', ...markdown];
}

const documents = await listDocuments();
// The Chinese twin of docs/X.md is docs/X.zh-CN.md.
const translations = documents
  .filter((path) => path.endsWith('.zh-CN.md'))
  .map((path) => [path, path.replace('.zh-CN', '')] as const);

const inOneLine = (code: string) => code.replaceAll(/\s+/g, ' ').trim();

describe.each(translations)('%s and %s', async (chinesePath, englishPath) => {
  const chinese = await read(chinesePath);
  const english = await read(englishPath);

  it('have the same sections', () => {
    const levels = (markdown: string) => headings(markdown).map(({ level }) => level);
    expect(levels(chinese)).toEqual(levels(english));
  });

  it('show the same commands and the same output', () => {
    const shown = (markdown: string) =>
      codeBlocks(markdown)
        .filter(({ language }) => language !== '' && language !== 'mermaid')
        .map(({ language, marks, content }) => ({ language, marks, content }));
    expect(shown(chinese)).toEqual(shown(english));
  });

  it('translate the commands for Docker alike', () => {
    const table = (markdown: string) => markdown.match(/^\| `docker compose [^`]*` \| `[^`]*` \|$/gm);
    expect(table(chinese)).toEqual(table(english));
  });

  it('name every setting and every command alike', () => {
    const settings = (markdown: string) => [...new Set(markdown.match(/`[A-Z]+(?:_[A-Z]+)+`/g))].sort();
    expect(settings(chinese)).toEqual(settings(english));
    const commands = (markdown: string) => [...new Set(markdown.match(/`npm (?:run )?\w+/g))].sort();
    expect(commands(chinese)).toEqual(commands(english));
  });
});

it.each(['demo', 'compose'] as const)('the README has commands for the path %s', async (path) => {
  const sections = readSections({ name: 'README.md', markdown: await read('README.md') }, path);
  expect(sections.map(({ steps }) => steps.length)).toEqual([1, 2, 2, 2]);
});

it('the README quotes the example as it is', async () => {
  const files = (await readdir(join(root, 'examples/booking'))).filter((name) => name.endsWith('.ts'));
  const sources = await Promise.all(files.map((name) => read(`examples/booking/${name}`)));
  const all = inOneLine(sources.join('\n'));
  const quoted = codeBlocks(await read('README.md')).filter(({ language }) => language === 'ts');
  expect(quoted.length).toBeGreaterThan(0);
  for (const { content } of quoted) expect(all.includes(inOneLine(content)), content).toBe(true);
});

it.each(documents)('%s shows pictures that exist', async (path) => {
  for (const [, picture = ''] of (await read(path)).matchAll(/\bsrc(?:set)?="([^":]+)"/g))
    await expect(read(join(dirname(path), picture)), picture).resolves.toBeDefined();
});

it.each(documents)('%s links to files that exist', async (path) => {
  for (const [, target = ''] of (await read(path)).matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)) {
    const linked = join(dirname(path), target);
    await expect(
      read(linked).catch(() => readdir(join(root, linked))),
      target,
    ).resolves.toBeDefined();
  }
});
