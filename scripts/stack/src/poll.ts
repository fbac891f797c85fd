// Waiting for a condition: asked again and again until it holds or a deadline passes.
import { setTimeout as pause } from 'node:timers/promises';

/**
 * Resolves with the first truthy answer of `condition`. An error it throws ends the wait.
 *
 * @param what named in the error when the deadline passes
 */
export async function poll<T>(
  what: string,
  condition: () => T | Promise<T>,
  { seconds = 60, everyMs = 50 }: { seconds?: number; everyMs?: number } = {},
): Promise<NonNullable<T>> {
  const deadline = performance.now() + seconds * 1000;
  for (;;) {
    const answer = await condition();
    if (answer) return answer;
    if (performance.now() > deadline) throw new Error(`${what}: not within ${seconds} s`);
    await pause(everyMs);
  }
}
