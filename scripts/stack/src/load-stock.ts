// Loads stock through the inventory service's own HTTP interface.
import { MAX_QUANTITY } from '@lmt/contracts';
import { request } from 'undici';

/** Loaded at the first start of a demo. Stock that was sold in an earlier run stays sold. */
export const SAMPLE_STOCK = { KEYBOARD: 100, MOUSE: 200, MONITOR: 50, LAPTOP: 20, HEADSET: 80 };

export interface StockService {
  readonly urls: { readonly inventory: string; readonly inventoryInternal: string };
  readonly adminToken: string;
}

export interface LoadStockOptions {
  readonly reason?: string;
  /** Leaves SKUs alone that the service already knows: stock that was sold stays sold. */
  readonly onlyUnknown?: boolean;
}

/** Adds the quantities to the stock. Resolves with the SKUs that were changed. */
export async function loadStock(
  { urls, adminToken }: StockService,
  quantities: Readonly<Record<string, number>>,
  { reason = 'stock', onlyUnknown = false }: LoadStockOptions = {},
): Promise<string[]> {
  async function isKnown(sku: string) {
    const { statusCode, body } = await request(`${urls.inventory}/stock/${encodeURIComponent(sku)}`);
    const text = await body.text();
    if (statusCode === 200 || statusCode === 404) return statusCode === 200;
    throw new Error(`GET /stock/${sku}: ${statusCode} ${text}`);
  }

  async function adjust(sku: string, delta: number) {
    const path = `/stock/${encodeURIComponent(sku)}/adjustments`;
    const { statusCode, body } = await request(urls.inventoryInternal + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${adminToken}` },
      body: JSON.stringify({ delta, reason }),
    });
    const text = await body.text();
    if (statusCode !== 200) throw new Error(`POST ${path}: ${statusCode} ${text}`);
  }

  const loaded: string[] = [];
  for (const [sku, quantity] of Object.entries(quantities)) {
    if (onlyUnknown && (await isKnown(sku))) continue;
    for (let left = quantity; left > 0; left -= MAX_QUANTITY) await adjust(sku, Math.min(left, MAX_QUANTITY));
    loaded.push(sku);
  }
  return loaded;
}
