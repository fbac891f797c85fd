import { describe, expect, it } from 'vitest';
import { orderTransactions, parametersOf, pgbenchScript } from './order-transaction.js';

describe('parametersOf', () => {
  it('numbers each occurrence and leaves casts alone', () => {
    expect(parametersOf(`VALUES (:id, :message_id::text, :id, '[]'::jsonb)`)).toEqual({
      text: `VALUES ($1, $2::text, $3, '[]'::jsonb)`,
      names: ['id', 'message_id', 'id'],
    });
  });

  it('finds none in the statements that stand alone', () => {
    for (const { statements, explicit } of orderTransactions) {
      if (!explicit) expect(statements.flatMap((statement) => parametersOf(statement).names)).toEqual([]);
    }
  });
});

describe('pgbenchScript', () => {
  it('has one command a line', () => {
    const statements = ['INSERT a\nRETURNING id', 'INSERT b\nVALUES (:id)'];
    expect(pgbenchScript({ name: '', statements, explicit: true })).toBe(
      'BEGIN;\nINSERT a RETURNING id \\gset\nINSERT b VALUES (:id);\nCOMMIT;\n',
    );
    expect(pgbenchScript({ name: '', statements: ['SELECT\n1'], explicit: false })).toBe('SELECT 1;\n');
  });
});
