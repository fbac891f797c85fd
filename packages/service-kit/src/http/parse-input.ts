import type { z } from 'zod';
import { type InputFault, Problem } from '../problem/problem.js';
import { faultsOf } from './input-faults.js';

/** The type of every problem that names the faults of an input. */
export const INVALID_INPUT = { type: 'urn:problem:invalid-input', title: 'Invalid input' } as const;

/** Where an input came from; it stands in the problem's detail. */
export type InputPlace = 'body' | 'query' | 'path' | 'headers';

/**
 * The value as the schema has it.
 * @throws Problem 400 naming each fault, at most 20 of them
 */
export function parseInput<S extends z.ZodType>(schema: S, value: unknown, where: InputPlace): z.output<S> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw invalidInput(where, faultsOf(parsed.error.issues));
}

/** The problem of an input whose faults are known. */
export function invalidInput(where: InputPlace, errors: readonly InputFault[]): Problem {
  return new Problem(400, `The ${where} is not what was expected; errors says where.`, {
    kind: INVALID_INPUT,
    errors,
  });
}
