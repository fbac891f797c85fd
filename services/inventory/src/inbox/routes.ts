import { stockRoutes as contracts } from '@lmt/contracts/routes';
import type { InventoryDatabase } from '@lmt/prisma-inventory';
import { addRoutes, notFound, type Operator, requireBearer, route } from '@lmt/service-kit';
import type { Router } from 'express';
import { findInboxMessage } from './find-message.js';

interface InboxRoutesOptions {
  readonly database: InventoryDatabase;
  readonly operators: readonly Operator[];
}

/** Adds the internal route on which operators read the effect of a message. */
export function inboxRoutes(router: Router, { database, operators }: InboxRoutesOptions): void {
  const getInboxMessage = route(contracts.getInboxMessage, requireBearer(operators)).answer(
    async ({ params: { id } }) => {
      const message = await findInboxMessage(database, id);
      if (message === null)
        throw notFound(`The inbox does not have message ${id}: it has not taken effect here.`);
      return { status: 200, body: message };
    },
  );
  addRoutes(router, [getInboxMessage]);
}
