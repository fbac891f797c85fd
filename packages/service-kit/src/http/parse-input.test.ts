import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Problem } from '../problem/problem.js';
import { parseInput } from './parse-input.js';

function catchProblem(schema: z.ZodType, value: unknown): Problem {
  try {
    parseInput(schema, value, 'body');
  } catch (error) {
    if (error instanceof Problem) return error;
  }
  throw new Error('expected a Problem');
}

describe('parseInput', () => {
  it('returns the parsed value', () => {
    expect(parseInput(z.object({ limit: z.coerce.number() }), { limit: '5', more: 1 }, 'query')).toEqual({
      limit: 5,
    });
  });

  it('names at most 20 faults, with paths of bounded length', () => {
    const many = Object.fromEntries(
      Array.from({ length: 50 }, (_, index) => [`${index}${'k'.repeat(999)}`, 1]),
    );
    const { errors } = catchProblem(z.strictObject({}), many);
    expect(errors).toHaveLength(20);
    expect(Math.max(...(errors ?? []).map(({ path }) => path.length))).toBe(200);
    expect(catchProblem(z.array(z.string()), Array(5_000).fill(1)).errors).toHaveLength(20);
  });

  it('names the expected type of a missing body', () => {
    expect(catchProblem(z.strictObject({ a: z.string() }), undefined).errors).toEqual([
      { path: '', message: 'Invalid input: expected object, received undefined' },
    ]);
  });
});
