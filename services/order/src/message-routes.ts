import { listMessagesQuery, uuid } from '@lmt/contracts';
import { countMessages } from '@lmt/outbox';
import type { OrderDatabase } from '@lmt/prisma-order';
import { methodNotAllowed, notFound, parseInput, requireBearer, sendJson } from '@lmt/service-kit';
import type { Router } from 'express';
import { z } from 'zod';

export interface MessageRoutesOptions {
  readonly database: OrderDatabase;
  readonly adminToken: string;
}

const path = z.object({ id: uuid });

const SUMMARY = {
  id: true,
  topic: true,
  key: true,
  type: true,
  status: true,
  attempts: true,
  failures: true,
  availableAt: true,
  lastError: true,
  createdAt: true,
  publishedAt: true,
  completedAt: true,
} as const;

/** What operators see of the message table; on the internal port. */
export function messageRoutes(router: Router, { database, adminToken }: MessageRoutesOptions): void {
  const operator = requireBearer(adminToken);
  const readOnly = methodNotAllowed(['GET']);

  router
    .route('/messages')
    .get(operator, async (request, response) => {
      const { limit, cursor, status, type, key } = parseInput(listMessagesQuery, request.query, 'query');
      const items = await database.outboxMessage.findMany({
        where: {
          ...(status === undefined ? {} : { status }),
          ...(type === undefined ? {} : { type }),
          ...(key === undefined ? {} : { key }),
          ...(cursor === undefined ? {} : { id: { lt: cursor } }),
        },
        orderBy: { id: 'desc' },
        take: limit,
        select: SUMMARY,
      });
      sendJson(response, 200, {
        items,
        nextCursor: items.length < limit ? null : (items.at(-1)?.id ?? null),
      });
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
      const { id } = parseInput(path, request.params, 'path');
      const message = await database.outboxMessage.findUnique({
        where: { id },
        select: { ...SUMMARY, payload: true, headers: true, result: true, history: true, leasedUntil: true },
      });
      if (message === null) throw notFound(`There is no message ${id}.`);
      sendJson(response, 200, message);
    })
    .all(readOnly);
}
