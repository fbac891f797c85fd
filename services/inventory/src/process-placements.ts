import { type ConsumedMessage, createInbox } from '@lmt/inbox';
import type { InventoryDatabase } from '@lmt/prisma-inventory';
import type { PlacementMessage } from './decode-message.js';
import { decideStock, type Movement, type PlacementOutcome } from './stock-decision.js';
import { lockStock, recordDecision } from './stock-ledger.js';

/** What the inbox keeps of a message, and what is sent back, the first time and every later one. */
export type StoredResult = PlacementOutcome & { readonly processedAt: string };

export interface ProcessedBatch {
  readonly consumed: readonly ConsumedMessage<PlacementMessage, StoredResult>[];
  readonly movements: readonly Movement[];
}

const inbox = createInbox({ keyColumn: 'order_id' });

/**
 * Gives a batch its effect in one transaction: inbox, stock, movements, reservations and results are
 * all there or none. Killed before the commit, nothing happened and the batch comes again. Killed
 * after it, the batch comes again as duplicates whose stored results are sent.
 *
 * @throws what the database threw; nothing is written then, unless the reply to COMMIT was lost, in
 * which case the batch comes again as duplicates.
 */
export function processPlacements(
  database: InventoryDatabase,
  messages: readonly PlacementMessage[],
  now: () => Date,
): Promise<ProcessedBatch> {
  return database.$transaction(async (tx) => {
    let movements: readonly Movement[] = [];
    const consumed = await inbox.consumeOnce<PlacementMessage, StoredResult>(tx, messages, async (fresh) => {
      const placements = fresh.map(({ placed }) => placed);
      const decision = decideStock(await lockStock(tx, placements), placements);
      await recordDecision(tx, decision);
      movements = decision.movements;
      const processedAt = now().toISOString();
      return decision.outcomes.map((outcome) => ({ ...outcome, processedAt }));
    });
    return { consumed, movements };
  });
}
