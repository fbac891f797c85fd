// Pseudo-random numbers. The same seed gives the same numbers.

export type Random = ReturnType<typeof createRandom>;

/**
 * mulberry32 by Tommy Ettinger, public domain:
 * https://gist.github.com/tommyettinger/46a874533244883189143505d203312c
 *
 * @param seed a 32-bit integer
 * @returns numbers in [0, 1)
 */
function mulberry32(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export function createRandom(seed: number) {
  const next = mulberry32(seed);
  const between = (low: number, high: number) => low + (high - low) * next();
  return {
    between,
    /** Returns a whole number from `low` to `high`, including both. */
    whole: (low: number, high: number) => Math.floor(between(low, high + 1)),
    pick: <T>(items: readonly T[]): T => items[Math.floor(next() * items.length)] as T,
    chance: (probability: number) => next() < probability,
  };
}
