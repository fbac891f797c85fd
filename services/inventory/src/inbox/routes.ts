import { uuid } from '@lmt/contracts';
import type { InventoryDatabase } from '@lmt/prisma-inventory';
import {
  methodNotAllowed,
  notFound,
  type Operator,
  parseInput,
  requireBearer,
  sendJson,
} from '@lmt/service-kit';
import type { Router } from 'express';
import { z } from 'zod';
import { findInboxMessage } from './find-message.js';

const path = z.object({ id: uuid });

interface InboxRoutesOptions {
  readonly database: InventoryDatabase;
  readonly operators: readonly Operator[];
}

/** Adds the internal route on which operators read the effect of a message. */
export function inboxRoutes(router: Router, { database, operators }: InboxRoutesOptions): void {
  router
    .route('/inbox/:id')
    .get(requireBearer(operators), async (request, response) => {
      const { id } = parseInput(path, request.params, 'path');
      const message = await findInboxMessage(database, id);
      if (message === null)
        throw notFound(`The inbox does not have message ${id}: it has not taken effect here.`);
      sendJson(response, 200, message);
    })
    .all(methodNotAllowed(['GET']));
}
