import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { text, textOf } from './text.js';

describe('text', () => {
  it.each(['a\u0000', 'a\r\nb', '\u001b[31m', '\u0085', '\u2028', '\ud800', '', 'x'.repeat(11)])(
    'refuses %j',
    (value) => {
      expect(text({ max: 10 }).safeParse(value).success).toBe(false);
    },
  );

  it('leaves as it is what is allowed, and cuts between characters or not at all', () => {
    expect(textOf('Ada "你好" 😀', 20)).toBe('Ada "你好" 😀');
    expect(textOf('a\nb', 20)).toBe('a\ufffdb');
    expect(textOf('ab😀', 3)).toBe('ab\ufffd');
  });

  it('is made of any string that is not empty', () => {
    const schema = text({ max: 10 });
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }), (value) => {
        expect(schema.safeParse(textOf(value, 10)).success).toBe(true);
      }),
    );
  });
});
