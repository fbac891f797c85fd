import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { ArmedFailPoint, ArmedFailPoints } from './fail-point-settings.js';

/** Called where the process may be made to fail. Throws what a lost connection would, if it is to. */
export type FailHere<Point extends string> = (point: Point) => Promise<void>;

export interface FailPointsOptions<Point extends string> {
  readonly armed: ArmedFailPoints<Point>;
  readonly logger: Logger;
  /** Sends a signal to this very process. */
  readonly signal?: (signal: 'SIGKILL' | 'SIGSTOP') => void;
}

/** What an injected failure looks like to the code that meets it: an error of Postgres. */
class InjectedFailure extends Error {
  override readonly name = 'InjectedFailure';
  readonly code: string;

  constructor(point: string, code: string) {
    super(`injected at ${point}`);
    this.code = code;
  }
}

/** Null when nothing is armed, which is always so outside of tests: then nothing is wrapped at all. */
export function createFailPoints<Point extends string>({
  armed,
  logger,
  signal = (name) => process.kill(process.pid, name),
}: FailPointsOptions<Point>): FailHere<Point> | null {
  if (armed.size === 0) return null;
  const hits = new Map<Point, number>();

  async function act(point: Point, { action }: ArmedFailPoint): Promise<void> {
    logger.warn({ point, action: action.kind }, 'fail-point');
    switch (action.kind) {
      case 'kill':
        signal('SIGKILL');
        // Not one more line is run, however long the signal takes.
        return new Promise(() => {});
      case 'stop':
        return signal('SIGSTOP');
      case 'pause':
        return sleep(action.ms);
      case 'error':
        throw new InjectedFailure(point, action.code);
    }
  }

  return async (point) => {
    const found = armed.get(point);
    if (found === undefined) return;
    const hit = (hits.get(point) ?? 0) + 1;
    hits.set(point, hit);
    if (found.hit === null || found.hit === hit) await act(point, found);
  };
}
