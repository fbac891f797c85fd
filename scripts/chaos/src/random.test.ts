import { expect, it } from 'vitest';
import { createRandom } from './random.js';

it('draws evenly distributed numbers', () => {
  const random = createRandom(42);
  const counts = [0, 0, 0, 0];
  for (let draw = 0; draw < 4_000; draw += 1) {
    const index = random.whole(0, 3);
    counts[index] = (counts[index] ?? 0) + 1;
  }
  for (const count of counts) expect(Math.abs(count - 1_000)).toBeLessThan(150);
});
