// Random numbers that come again with the same seed.

/** @typedef {ReturnType<typeof createRandom>} Random */

/**
 * mulberry32 by Tommy Ettinger, public domain: https://gist.github.com/tommyettinger/46a874533244883189143505d203312c
 *
 * @param {number} seed of 32 bits
 * @returns {() => number} in [0, 1)
 */
function mulberry32(seed) {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** @param {number} seed */
export function createRandom(seed) {
  const next = mulberry32(seed);
  const between = (/** @type {number} */ low, /** @type {number} */ high) => low + (high - low) * next();
  return {
    /** In [0, 1). */
    next,
    between,
    /** A whole number, both ends included. @param {number} low @param {number} high */
    whole: (low, high) => Math.floor(between(low, high + 1)),
    /** @template T @param {readonly T[]} items @returns {T} */
    pick: (items) => /** @type {T} */ (items[Math.floor(next() * items.length)]),
    /** @param {number} probability */
    chance: (probability) => next() < probability,
    /** One of the keys, by their weights. @template {string} K @param {Readonly<Record<K, number>>} weights @returns {K} */
    weighted(weights) {
      const entries = /** @type {[K, number][]} */ (Object.entries(weights));
      let rest = next() * entries.reduce((sum, [, weight]) => sum + weight, 0);
      for (const [key, weight] of entries) {
        rest -= weight;
        if (rest < 0) return key;
      }
      return /** @type {[K, number]} */ (entries.at(-1))[0];
    },
  };
}
