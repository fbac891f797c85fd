// So much stock that no order of the benchmark is rejected.
import { skus } from './order-body.mjs';

const delta = 1_000_000;
const times = 10;

/** @param {import('../stack/stack.mjs').Stack} stack */
export async function loadStock({ urls, adminToken }) {
  for (const sku of skus) {
    for (let time = 0; time < times; time += 1) {
      const answer = await fetch(`${urls.inventoryInternal}/stock/${sku}/adjustments`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${adminToken}` },
        body: JSON.stringify({ delta, reason: 'benchmark' }),
      });
      const text = await answer.text();
      if (!answer.ok) throw new Error(`stock for ${sku} was refused (${answer.status}): ${text}`);
    }
  }
}
