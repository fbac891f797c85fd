import { describe, expect, it } from 'vitest';
import { orderTransactions, toParameters, toPgbenchScript } from './orders.js';

describe('toParameters', () => {
  it('numbers each occurrence of a name and keeps casts', () => {
    expect(toParameters(`VALUES (:id, :message_id::text, :id, '[]'::jsonb)`)).toEqual({
      text: `VALUES ($1, $2::text, $3, '[]'::jsonb)`,
      names: ['id', 'message_id', 'id'],
    });
  });

  it('finds no name in transactions of a single statement', () => {
    for (const { statements, explicit } of orderTransactions) {
      if (!explicit) expect(statements.flatMap((statement) => toParameters(statement).names)).toEqual([]);
    }
  });
});

describe('toPgbenchScript', () => {
  it('writes one command per line', () => {
    const statements = ['INSERT a\nRETURNING id', 'INSERT b\nVALUES (:id)'];
    expect(toPgbenchScript({ name: '', statements, explicit: true })).toBe(
      'BEGIN;\nINSERT a RETURNING id \\gset\nINSERT b VALUES (:id);\nCOMMIT;\n',
    );
    expect(toPgbenchScript({ name: '', statements: ['SELECT\n1'], explicit: false })).toBe('SELECT 1;\n');
  });
});
