// Stock to order from. Loaded once: what was sold in an earlier run stays sold.

export const SAMPLE_STOCK = { KEYBOARD: 100, MOUSE: 200, MONITOR: 50, LAPTOP: 20, HEADSET: 80 };

/** where it goes */
export interface Stock {
  isKnown: (sku: string) => Promise<boolean>;
  adjust: (sku: string, adjustment: { delta: number; reason: string }) => Promise<void>;
}

/** @returns what was loaded */
export async function loadSampleStock(stock: Stock): Promise<string[]> {
  const loaded = [];
  for (const [sku, delta] of Object.entries(SAMPLE_STOCK)) {
    if (await stock.isKnown(sku)) continue;
    await stock.adjust(sku, { delta, reason: 'sample stock' });
    loaded.push(`${sku} ${delta}`);
  }
  return loaded;
}

/** The stock of a running inventory service. */
export function stockOf({
  urls,
  adminToken,
}: {
  urls: { inventory: string; inventoryInternal: string };
  adminToken: string;
}): Stock {
  return {
    async isKnown(sku) {
      const known = await fetch(`${urls.inventory}/stock/${sku}`);
      if (known.ok || known.status === 404) return known.ok;
      throw new Error(`GET /stock/${sku} answered ${known.status}: ${await known.text()}`);
    },
    async adjust(sku, adjustment) {
      const answer = await fetch(`${urls.inventoryInternal}/stock/${sku}/adjustments`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${adminToken}` },
        body: JSON.stringify(adjustment),
      });
      if (!answer.ok)
        throw new Error(`stock for ${sku} was refused (${answer.status}): ${await answer.text()}`);
    },
  };
}
