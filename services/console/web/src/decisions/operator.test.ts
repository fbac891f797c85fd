import { expect, it } from 'vitest';
import { encodeOperator } from './operator.ts';

it('encodes a name as the UTF-8 bytes that the service reads', () => {
  const header = encodeOperator('张伟 é');
  const bytes = Uint8Array.from(header, (character) => character.charCodeAt(0));
  expect(new TextDecoder().decode(bytes)).toBe('张伟 é');
  expect(() => new Headers({ 'x-operator': header })).not.toThrow();
});
