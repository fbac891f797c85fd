import { z } from 'zod';

/** A uuid in lower case, as Postgres returns it: ids that went through a database are compared as text. */
export const uuid = z.uuid({ error: 'expected a uuid' }).toLowerCase();
