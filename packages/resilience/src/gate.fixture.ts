export const fulfilled = <R>(value: R): PromiseSettledResult<R> => ({ status: 'fulfilled', value });

/** A process() that records its batches and finishes batch n when the test calls open[n]. */
export function gate() {
  const batches: number[][] = [];
  const open: (() => void)[] = [];
  const process = (items: readonly number[]) =>
    new Promise<PromiseSettledResult<number>[]>((resolve) => {
      batches.push([...items]);
      open.push(() => resolve(items.map((item) => fulfilled(item * 10))));
    });
  return { batches, open, process };
}
