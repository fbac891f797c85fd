import { expect, it } from 'vitest';
import { replaceSection } from './sections.js';

const document = 'before\n<!-- bench main -->\nold\n<!-- end of bench main -->\nafter\n';

it('replaces what is between the comments and keeps the rest', () => {
  expect(replaceSection(document, 'main', '\nnew $1\n')).toBe(
    'before\n<!-- bench main -->\nnew $1\n<!-- end of bench main -->\nafter\n',
  );
});

it('rejects a document without the section', () => {
  expect(() => replaceSection(document, 'peers', 'new')).toThrow('no section between <!-- bench peers -->');
});
