import { MAX_PAGE_LIMIT, type OperatorActionView, type Page } from '@lmt/contracts';
import type { OperatorsApi } from './operators-api.js';

/** Reads the newest decisions, page after page, up to the limit. */
export async function listActions(
  api: OperatorsApi,
  messageId: string | undefined,
  limit: number,
): Promise<Page<OperatorActionView>> {
  const items: OperatorActionView[] = [];
  let nextCursor: string | null = null;
  do {
    const page: Page<OperatorActionView> = await api.actions({
      messageId,
      limit: String(Math.min(MAX_PAGE_LIMIT, limit - items.length)),
      cursor: nextCursor ?? undefined,
    });
    items.push(...page.items);
    nextCursor = page.nextCursor;
  } while (nextCursor && items.length < limit);
  return { items, nextCursor };
}
