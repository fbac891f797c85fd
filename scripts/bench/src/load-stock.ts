// So much stock that no order of the benchmark is rejected.
import type { Stack } from '@lmt/stack';
import { skus } from './order-body.js';

const delta = 1_000_000;
const times = 10;

export async function loadStock({ urls, adminToken }: Stack) {
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
