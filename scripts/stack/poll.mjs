// Waiting for a condition: asked again and again until it holds or a deadline passes.
import { setTimeout as pause } from 'node:timers/promises';

/**
 * Resolves with the first truthy answer of `condition`. An error it throws ends the wait.
 *
 * @template T
 * @param {string} what named in the error when the deadline passes
 * @param {() => T | Promise<T>} condition
 * @param {{ seconds?: number, everyMs?: number }} [options]
 * @returns {Promise<NonNullable<T>>}
 */
export async function poll(what, condition, { seconds = 60, everyMs = 50 } = {}) {
  const deadline = performance.now() + seconds * 1000;
  for (;;) {
    const answer = await condition();
    if (answer) return answer;
    if (performance.now() > deadline) throw new Error(`${what}: not within ${seconds} s`);
    await pause(everyMs);
  }
}
