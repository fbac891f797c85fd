import { expect, it } from 'vitest';
import { toMessagesPath } from './messages-path.ts';

it('asks the API for the messages of the address, by the names of the API', () => {
  const params = new URLSearchParams('status=DEAD&key=k&after=2026-11-26T12:00:00Z&before=&cursor=c&tab=x');
  expect(toMessagesPath(params)).toBe(
    '/messages?status=DEAD&key=k&createdAfter=2026-11-26T12%3A00%3A00Z&cursor=c',
  );
});
