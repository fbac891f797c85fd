import type { z } from 'zod';
import { type InputFault, Problem } from '../problem/problem.js';

const MAX_FAULTS = 20;
const MAX_PATH_LENGTH = 200;

/** Validates a value. @throws Problem 400 that names at most 20 of its faults */
export function parseInput<S extends z.ZodType>(
  schema: S,
  value: unknown,
  where: 'body' | 'query' | 'path' | 'headers',
): z.output<S> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const errors = parsed.error.issues.slice(0, MAX_FAULTS).flatMap(toFaults).slice(0, MAX_FAULTS);
  throw invalidInput(where, errors);
}

export const invalidInput = (where: 'body' | 'query' | 'path' | 'headers', errors: readonly InputFault[]) =>
  new Problem(400, `The ${where} is invalid; see errors.`, { errors });

function toFaults(issue: z.core.$ZodIssue): InputFault[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys
      .slice(0, MAX_FAULTS)
      .map((key) => ({ path: toPath([...issue.path, key]), message: 'Unknown field' }));
  }
  return [{ path: toPath(issue.path), message: issue.message }];
}

function toPath(keys: readonly PropertyKey[]): string {
  return keys.map(String).join('.').slice(0, MAX_PATH_LENGTH);
}
