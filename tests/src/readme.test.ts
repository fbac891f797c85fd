// What a reader of either README may rely on.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from '@lmt/stack';
import { codeBlocks, headings } from '@lmt/walk';
import { describe, expect, it } from 'vitest';

const read = (path: string) => readFile(join(root, path), 'utf8');
const english = await read('README.md');
const chinese = await read('README.zh-CN.md');

const inOneLine = (code: string) => code.replaceAll(/\s+/g, ' ').trim();

describe('README.md and README.zh-CN.md', () => {
  it('have the same sections', () => {
    const levels = (markdown: string) => headings(markdown).map(({ level }) => level);
    expect(levels(chinese)).toEqual(levels(english));
  });

  it('show the same commands and the same output', () => {
    const shown = (markdown: string) =>
      codeBlocks(markdown)
        .filter(({ language }) => language !== '')
        .map(({ language, marks, content }) => ({ language, marks, content }));
    expect(shown(chinese)).toEqual(shown(english));
  });

  it('translate the commands for Docker alike', () => {
    const table = (markdown: string) => markdown.match(/^\| `docker compose [^`]*` \| `[^`]*` \|$/gm);
    expect(table(chinese)).toEqual(table(english));
    expect(table(english)).not.toBeNull();
  });

  it('name every setting and every command alike', () => {
    const settings = (markdown: string) => [...new Set(markdown.match(/`[A-Z]+(?:_[A-Z]+)+`/g))].sort();
    expect(settings(chinese)).toEqual(settings(english));
    const commands = (markdown: string) => [...new Set(markdown.match(/`npm (?:run )?\w+/g))].sort();
    expect(commands(chinese)).toEqual(commands(english));
  });

  it('quote the examples as they are', async () => {
    const files = (await readdir(join(root, 'examples/booking'))).filter((name) => name.endsWith('.ts'));
    const sources = await Promise.all(files.map((name) => read(`examples/booking/${name}`)));
    const all = inOneLine(sources.join('\n'));
    const quoted = codeBlocks(english).filter(({ language }) => language === 'ts');
    expect(quoted.length).toBeGreaterThan(0);
    for (const { content } of quoted) expect(all).toContain(inOneLine(content));
  });

  it('link to files that are there', async () => {
    for (const markdown of [english, chinese]) {
      for (const [, target = ''] of markdown.matchAll(/\]\(([^)#:]+)\)/g)) {
        await expect(
          read(target).catch(() => readdir(join(root, target))),
          target,
        ).resolves.toBeDefined();
      }
    }
  });
});
