// Loads stock through the inventory service's own HTTP interface.
import { MAX_QUANTITY } from '@lmt/contracts';

/** Loaded at the first start of a demo. Stock that was sold in an earlier run stays sold. */
export const SAMPLE_STOCK = { KEYBOARD: 100, MOUSE: 200, MONITOR: 50, LAPTOP: 20, HEADSET: 80 };

export interface StockService {
  readonly urls: { readonly inventory: string; readonly inventoryInternal: string };
  readonly adminTokens: { readonly inventory: string };
}

export interface LoadStockOptions {
  readonly reason?: string;
  /** Skips SKUs that the service already knows, so that stock sold earlier stays sold. */
  readonly onlyUnknown?: boolean;
}

/** Adds the quantities to the stock. Resolves with the SKUs that were changed. */
export async function loadStock(
  { urls, adminTokens }: StockService,
  quantities: Readonly<Record<string, number>>,
  { reason = 'stock', onlyUnknown = false }: LoadStockOptions = {},
): Promise<string[]> {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${adminTokens.inventory}` };
  const loaded: string[] = [];
  for (const [sku, quantity] of Object.entries(quantities)) {
    const path = `/stock/${encodeURIComponent(sku)}`;
    if (onlyUnknown && (await call(urls.inventory + path, [200, 404])) === 200) continue;
    for (let left = quantity; left > 0; left -= MAX_QUANTITY) {
      const body = JSON.stringify({ delta: Math.min(left, MAX_QUANTITY), reason });
      await call(`${urls.inventoryInternal}${path}/adjustments`, [200], { method: 'POST', headers, body });
    }
    loaded.push(sku);
  }
  return loaded;
}

/** Sends a request and resolves with its status. Rejects on an unexpected status. */
async function call(url: string, expected: readonly number[], request: RequestInit = {}): Promise<number> {
  const response = await fetch(url, request);
  const text = await response.text();
  if (expected.includes(response.status)) return response.status;
  throw new Error(`${request.method ?? 'GET'} ${url}: ${response.status} ${text}`);
}
