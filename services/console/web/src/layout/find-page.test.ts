import { expect, it } from 'vitest';
import { toWanted } from './find-page.ts';

it('takes the shown end of an id for one, with or without the sign before it', () => {
  expect(toWanted('…BE45a262')).toEqual({ kind: 'end', value: 'be45a262' });
  expect(toWanted('be45a262')).toEqual({ kind: 'end', value: 'be45a262' });
  expect(toWanted('be45a26')).toEqual({ kind: 'text', value: 'be45a26' });
});

it('knows a whole id, and leaves other text as it is', () => {
  const id = '019AC0DE-0000-7000-8000-0000be45a262';
  expect(toWanted(id)).toEqual({ kind: 'id', value: id.toLowerCase() });
  expect(toWanted('MOUSE')).toEqual({ kind: 'text', value: 'MOUSE' });
});
