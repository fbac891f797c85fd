import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { text, toText } from './fields.js';

describe('text', () => {
  it.each(['a\u0000', 'a\r\nb', '\u001b[31m', '\u0085', '\u2028', '\ud800', '', 'x'.repeat(11)])(
    'rejects %j',
    (value) => {
      expect(text({ max: 10 }).safeParse(value).success).toBe(false);
    },
  );
});

describe('toText', () => {
  it('keeps allowed characters and never splits a character', () => {
    expect(toText('Ada "你好" 😀', 20)).toBe('Ada "你好" 😀');
    expect(toText('a\nb', 20)).toBe('a\ufffdb');
    expect(toText('ab😀', 3)).toBe('ab\ufffd');
  });

  it('makes any non-empty string acceptable', () => {
    const schema = text({ max: 10 });
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }), (value) => {
        expect(schema.safeParse(toText(value, 10)).success).toBe(true);
      }),
    );
  });
});
