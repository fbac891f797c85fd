import { ApiError, get } from '../api/request.ts';

const ID = /^[\da-f]{8}-([\da-f]{4}-){3}[\da-f]{12}$/i;
// The pages show the last 8 characters of an id: `…be45a262`.
const END_OF_ID = /^(?:…|\.\.\.)?([\da-f]{8})$/i;

/** The target of a search. Text is a SKU or the name of a customer. */
export interface Wanted {
  readonly kind: 'id' | 'end' | 'text';
  readonly value: string;
}

export function toWanted(text: string): Wanted {
  if (ID.test(text)) return { kind: 'id', value: text.toLowerCase() };
  const end = END_OF_ID.exec(text)?.[1];
  return end === undefined ? { kind: 'text', value: text } : { kind: 'end', value: end.toLowerCase() };
}

/** The most pages of 200 orders, and of 200 messages, that are searched for the end of an id. */
const PAGES = 2;

interface Ids {
  readonly items: readonly { readonly id: string }[];
  readonly nextCursor: string | null;
}

async function findByEnd(end: string): Promise<string | null> {
  for (const list of ['orders', 'messages']) {
    let cursor: string | null = '';
    for (let page = 0; page < PAGES && cursor !== null; page += 1) {
      const answer: Ids = await get(`/${list}?limit=200${cursor === '' ? '' : `&cursor=${cursor}`}`);
      const found = answer.items.find(({ id }) => id.endsWith(end));
      if (found !== undefined) return `/${list}/${found.id}`;
      cursor = answer.nextCursor;
    }
  }
  return null;
}

/**
 * The page of the order, the message or the SKU that is wanted, or null. The end of an id is searched
 * among the newest orders and messages, because the services find whole ids only.
 */
export async function findPage({ kind, value }: Wanted): Promise<string | null> {
  if (kind === 'end') return findByEnd(value);
  const id = encodeURIComponent(value);
  for (const path of kind === 'id' ? [`/orders/${id}`, `/messages/${id}`] : [`/stock/${id}`]) {
    const isFound = await get(path).then(
      () => true,
      (error: unknown) => {
        if (error instanceof ApiError && (error.status === 404 || error.status === 400)) return false;
        throw error;
      },
    );
    if (isFound) return path;
  }
  return null;
}
