import type { FailHere } from './create-fail-points.js';

/** Where interactive transactions fail; each is optional. */
export interface TransactionFailPoints<Point extends string> {
  readonly before?: Point;
  /** All is written, nothing committed. */
  readonly beforeCommit?: Point;
  /** Committed, nobody told. */
  readonly afterCommit?: Point;
}

type Work = (tx: never) => Promise<unknown>;

/**
 * The same database, whose interactive transactions (`$transaction(work)`) pass fail-points; untouched
 * when none is armed. What uses it need not know.
 */
export function failAroundTransactions<Database extends object, Point extends string>(
  database: Database,
  failHere: FailHere<Point> | null,
  { before, beforeCommit, afterCommit }: TransactionFailPoints<Point>,
): Database {
  if (failHere === null) return database;
  const pass = async (point: Point | undefined) => {
    if (point !== undefined) await failHere(point);
  };
  return new Proxy(database, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (name !== '$transaction' || typeof member !== 'function') return member;
      return async (work: Work, ...options: unknown[]) => {
        await pass(before);
        const outcome: unknown = await member.call(
          target,
          async (tx: never) => {
            const result = await work(tx);
            await pass(beforeCommit);
            return result;
          },
          ...options,
        );
        await pass(afterCommit);
        return outcome;
      };
    },
  });
}
