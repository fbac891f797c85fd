import { describe, expect, it } from 'vitest';
import { planAddition } from './plan-addition.js';

const datasource = 'datasource db {\n  provider = "postgresql"\n}\n';
const models = 'model InboxMessage {\n  id String @id\n\n  @@map("inbox_messages")\n}\n';
const addition = { table: 'inbox_messages', models, sql: 'CREATE TABLE inbox_messages ();' };
const now = new Date('2027-01-15T10:20:30.456Z');
const plan = (schema: string, migrations: readonly string[] = []) =>
  planAddition(addition, { schema, migrations }, now);

describe('planning an addition', () => {
  it('adds models and a migration of this second', () => {
    expect(plan(datasource)).toEqual({ models, migration: '20270115102030_inbox_messages' });
  });

  it('names a migration that runs after the last one, even if that one is from the future', () => {
    const migrations = ['0_init', '20990101000059_theirs', '20260101000000_older'];
    expect(plan(datasource, migrations).migration).toBe('20990101000060_inbox_messages');
  });

  it('adds nothing to a schema that has the table, however its model and migration are named', () => {
    const schema = `${datasource}model Seen {\n  id String @id\n  @@map("inbox_messages")\n}\n`;
    expect(plan(schema, ['0_squashed'])).toEqual({ models: null, migration: null });
  });

  it('adds only the models after a crash between migration and schema', () => {
    expect(plan(datasource, ['20270101000000_inbox_messages'])).toEqual({ models, migration: null });
  });

  it.each([
    ['another database', 'datasource db {\n  provider = "mysql"\n}\n', 'is not postgresql'],
    ['no datasource', '// provider = "postgresql"\n', 'is not postgresql'],
    ['a model of that name', `${datasource}model InboxMessage {\n}\n`, 'another model InboxMessage'],
  ])('rejects a schema with %s', (_name, schema, reason) => {
    expect(() => plan(schema)).toThrow(reason);
  });
});
