/** A longer run of rejections is not caused by the rejected messages. */
export const MAX_REJECTED_IN_A_ROW = 5;

/**
 * Counts consecutive rejections across calls. A long run has another cause, such as a
 * configuration, a schema or a limit, so its rejections must not be acted upon.
 */
export function createRejectionRun() {
  let inARow = 0;
  return {
    /** Records the outcome of a call. Returns whether its rejections are credible. */
    isCredible({ rejected, succeeded }: { readonly rejected: number; readonly succeeded: boolean }): boolean {
      inARow = succeeded ? 0 : inARow + rejected;
      return inARow <= MAX_REJECTED_IN_A_ROW;
    },
  };
}
