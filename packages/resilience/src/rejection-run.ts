/** More consecutive rejections than this are not caused by what was rejected. */
export const MAX_REJECTED_IN_A_ROW = 5;

/**
 * Counts rejections without a success in between, over any number of calls. A long run shows that
 * the cause is a configuration, a schema or a limit, so its rejections must not be believed.
 */
export function createRejectionRun() {
  let inARow = 0;
  return {
    /** Records the outcome of a call. Returns whether its rejections can be believed. */
    isCredible({ rejected, succeeded }: { readonly rejected: number; readonly succeeded: boolean }): boolean {
      inARow = succeeded ? 0 : inARow + rejected;
      return inARow <= MAX_REJECTED_IN_A_ROW;
    },
  };
}
