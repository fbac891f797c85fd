// Stock to order from. Loaded once: what was sold in an earlier run stays sold.

const sampleStock = { KEYBOARD: 100, MOUSE: 200, MONITOR: 50, LAPTOP: 20, HEADSET: 80 };

/**
 * @param {{ urls: { inventory: string, inventoryInternal: string }, adminToken: string }} stack
 * @returns {Promise<string[]>} what was loaded
 */
export async function loadSampleStock({ urls, adminToken }) {
  const loaded = [];
  for (const [sku, delta] of Object.entries(sampleStock)) {
    const known = await fetch(`${urls.inventory}/stock/${sku}`);
    if (known.ok) continue;
    if (known.status !== 404)
      throw new Error(`GET /stock/${sku} answered ${known.status}: ${await known.text()}`);
    const answer = await fetch(`${urls.inventoryInternal}/stock/${sku}/adjustments`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${adminToken}` },
      body: JSON.stringify({ delta, reason: 'sample stock' }),
    });
    if (!answer.ok)
      throw new Error(`stock for ${sku} was refused (${answer.status}): ${await answer.text()}`);
    loaded.push(`${sku} ${delta}`);
  }
  return loaded;
}
