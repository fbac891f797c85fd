import { z } from 'zod';
import { pageCursor, pageLimit } from './page.js';
import { text } from './text.js';

const MESSAGE_STATUSES = ['PENDING', 'PUBLISHED', 'COMPLETED', 'DEAD', 'DISCARDED'] as const;

/** Query of the operators' `GET /messages`, newest first. */
export const listMessagesQuery = z.strictObject({
  status: z.enum(MESSAGE_STATUSES, { error: `expected one of ${MESSAGE_STATUSES.join(', ')}` }).optional(),
  type: text({ max: 128 }).optional(),
  key: text({ max: 128 }).optional(),
  limit: pageLimit,
  cursor: pageCursor,
});
