/** Kills or pauses the process, or throws the error of a lost connection, as a test demands. */
export type FailPointHandler = (name: string) => Promise<void>;

let handler: FailPointHandler | undefined;

/** Installs the handler of this process. Called by a test's preload, before the service starts. */
export function handleFailPoints(installed: FailPointHandler): void {
  handler = installed;
}

/**
 * Marks a line at which the process may die, by a name such as `relay.afterClaim`. docs/failures.md
 * states what must hold after a crash there. Does nothing unless a test has installed a handler.
 */
export async function failPoint(name: string): Promise<void> {
  await handler?.(name);
}
