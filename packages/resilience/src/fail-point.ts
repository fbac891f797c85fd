/** Kills or pauses the process or throws an error, as the test has chosen. */
export type FailPointHandler = (name: string) => Promise<void>;

let handler: FailPointHandler | undefined;

/** Installs the handler for this process. A test's preload calls it before the service starts. */
export function handleFailPoints(installed: FailPointHandler): void {
  handler = installed;
}

/**
 * Marks a line at which a test can make the process fail. Names look like `relay.afterClaim`.
 * docs/failures.md states what must hold after a crash there. Does nothing unless a test has
 * installed a handler.
 */
export async function failPoint(name: string): Promise<void> {
  await handler?.(name);
}
