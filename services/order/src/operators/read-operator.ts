import { operatorName } from '@lmt/contracts';
import { parseInput } from '@lmt/service-kit';
import type { Request } from 'express';
import { z } from 'zod';

const NOBODY_NAMED = 'operator';
const headers = z.object({
  'x-operator': operatorName.refine((name) => !name.includes('\ufffd'), { error: 'expected UTF-8' }),
});

/**
 * Who it is that decides, from the header `X-Operator`.
 * @throws Problem 400 if it is there and no name
 */
export function operatorOf(request: Request): string {
  const header = request.get('x-operator');
  if (header === undefined) return NOBODY_NAMED;
  // Node reads a header's bytes as Latin-1; what people send is UTF-8. What is not UTF-8 becomes
  // a replacement character.
  const name = Buffer.from(header, 'latin1').toString('utf8');
  return parseInput(headers, { 'x-operator': name }, 'headers')['x-operator'];
}
