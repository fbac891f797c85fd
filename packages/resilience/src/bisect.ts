/** Why a part was refused. */
export interface Refusal {
  readonly reason: unknown;
}

/**
 * Processes items in order and isolates offenders, which make a whole part fail. `process` returns
 * null if it has processed a part. A refused part is halved, the earlier half first, until each
 * offender is alone and is passed to `reject`. One offender among n items costs about 2 log2 n
 * calls.
 *
 * @throws the error that `process` throws, which ends the bisection
 */
export async function bisect<T>(
  items: readonly T[],
  process: (part: readonly T[]) => Promise<Refusal | null>,
  reject: (item: T, reason: unknown) => void,
): Promise<void> {
  const [first, second] = items;
  if (first === undefined) return;
  const refusal = await process(items);
  if (refusal === null) return;
  if (second === undefined) return reject(first, refusal.reason);
  const middle = Math.ceil(items.length / 2);
  await bisect(items.slice(0, middle), process, reject);
  await bisect(items.slice(middle), process, reject);
}
