import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Evaluates `condition` until it returns something truthy, and resolves with that. Rejects when it
 * throws or the deadline passes.
 *
 * @param description for the error when the deadline passes
 */
export async function poll<T>(
  description: string,
  condition: () => T | Promise<T>,
  { seconds = 60, everyMs = 50 }: { readonly seconds?: number; readonly everyMs?: number } = {},
): Promise<NonNullable<T>> {
  const deadline = performance.now() + seconds * 1000;
  for (;;) {
    const result = await condition();
    if (result) return result;
    if (performance.now() > deadline) throw new Error(`timed out after ${seconds} s: ${description}`);
    await sleep(everyMs);
  }
}
