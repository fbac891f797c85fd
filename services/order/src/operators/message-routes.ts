import { listMessagesQuery, uuid } from '@lmt/contracts';
import { countMessages, listMessages } from '@lmt/outbox';
import type { OrderDatabase } from '@lmt/prisma-order';
import { methodNotAllowed, notFound, parseInput, requireBearer, sendJson } from '@lmt/service-kit';
import type { Router } from 'express';
import { z } from 'zod';
import { findMessage } from './find-message.js';

export interface MessageRoutesOptions {
  readonly database: OrderDatabase;
  readonly adminToken: string;
}

export const messagePath = z.object({ id: uuid });

/** What operators see of the message table; on the internal port. */
export function messageRoutes(router: Router, { database, adminToken }: MessageRoutesOptions): void {
  const operator = requireBearer(adminToken);
  const readOnly = methodNotAllowed(['GET']);

  router
    .route('/messages')
    .get(operator, async (request, response) => {
      const query = parseInput(listMessagesQuery, request.query, 'query');
      const { status, limit, cursor, ...filter } = query;
      const items = await listMessages(database, { filter, status, limit, cursor });
      const nextCursor = items.length < limit ? null : (items.at(-1)?.id ?? null);
      sendJson(response, 200, { items, nextCursor });
    })
    .all(readOnly);

  router
    .route('/messages/stats')
    .get(operator, async (_request, response) => {
      sendJson(response, 200, await countMessages(database));
    })
    .all(readOnly);

  router
    .route('/messages/:id')
    .get(operator, async (request, response) => {
      const { id } = parseInput(messagePath, request.params, 'path');
      const message = await findMessage(database, id);
      if (message === null) throw notFound(`There is no message ${id}.`);
      sendJson(response, 200, message);
    })
    .all(readOnly);
}
