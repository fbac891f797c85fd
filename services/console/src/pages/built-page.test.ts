// Checks the page that the last build wrote.
import { readdirSync, readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';

const LIMIT_BYTES = 200_000;
// Names of XML and documentation that error messages name. Nothing is loaded from there.
const NAMED = /^https?:\/\/(?:www\.w3\.org|react\.dev|react\.i18next\.com)\//;

const folder = new URL('../../dist/web/', import.meta.url);
const names = readdirSync(new URL('assets/', folder)).map((name) => `assets/${name}`);
const compressed = names.filter((name) => name.endsWith('.br'));
const sources = [...names.filter((name) => !name.endsWith('.br')), 'index.html'];
const read = (name: string) => readFileSync(new URL(name, folder));

describe('the built page', () => {
  it('is small: all compressed files together', () => {
    const bytes = compressed.reduce((total, name) => total + read(name).length, 0);
    expect(bytes).toBeGreaterThan(0);
    expect(bytes).toBeLessThanOrEqual(LIMIT_BYTES);
  });

  it('has each asset compressed, with the same content', () => {
    expect(compressed.map((name) => name.slice(0, -'.br'.length))).toEqual(
      sources.filter((name) => name !== 'index.html'),
    );
    for (const name of compressed)
      expect(brotliDecompressSync(read(name)).equals(read(name.slice(0, -'.br'.length))), name).toBe(true);
  });

  it.each(sources)('%s contains no zod and loads nothing from another host', (name) => {
    expect(['.js', '.css', '.html', '.svg']).toContain(extname(name));
    const text = read(name).toString();
    expect(text).not.toMatch(/ZodError|_zod/);
    const addresses = text.match(/(?:https?|wss?):\/\/[^\s"'`)]*|(?<=["'`(])\/\/[\w-]+(?:\.[\w-]+)+/g) ?? [];
    expect(addresses.filter((address) => !NAMED.test(address))).toEqual([]);
  });
});
