import { describe, expect, it } from 'vitest';
import { formatEnvFile } from './secret-file.js';

describe('an env file', () => {
  it('has one line per setting', () => {
    expect(formatEnvFile({ A: 'postgresql://u:p%2F@h:5432/d', B: 'a-b_c,d' })).toBe(
      'A=postgresql://u:p%2F@h:5432/d\nB=a-b_c,d\n',
    );
  });

  it.each(['a b', 'a#b', 'a"b', "a'b", 'a\nB=c', ''])(
    'rejects the value %j, which would need quotes',
    (value) => {
      expect(() => formatEnvFile({ A: value })).toThrow('A cannot');
    },
  );
});
