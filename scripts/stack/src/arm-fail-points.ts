// Parses FAIL_POINTS (POINT=ACTION, separated by commas) and applies the actions to this process.
import { setTimeout as sleep } from 'node:timers/promises';
import type { FailPointHandler } from '@lmt/resilience';

export type FailAction =
  | { readonly kind: 'kill' | 'stop' }
  | { readonly kind: 'error'; readonly code: string }
  | { readonly kind: 'pause'; readonly ms: number };

export interface ArmedFailPoint {
  readonly action: FailAction;
  /** The hit at which the fail-point acts, counted from 1. Null means every hit. */
  readonly hit: number | null;
}

const CONNECTION_LOST = '08006';
const ACTIONS =
  'kill, stop, error, error:SQLSTATE, pause:MILLISECONDS, each with @HIT or @* for a hit other than the first';
const FORM = /^([\w.]+)=(kill|stop|error(?::[0-9A-Z]{5})?|pause:\d{1,6})(?:@([1-9]\d{0,8}|\*))?$/;

function parseAction(text: string): FailAction {
  const [kind, detail] = text.split(':');
  if (kind === 'kill' || kind === 'stop') return { kind };
  if (kind === 'pause') return { kind, ms: Number(detail) };
  return { kind: 'error', code: detail ?? CONNECTION_LOST };
}

export function parseFailPoints(text: string, known: readonly string[]): ReadonlyMap<string, ArmedFailPoint> {
  const armed = new Map<string, ArmedFailPoint>();
  for (const part of text.split(',').filter((part) => part.trim() !== '')) {
    const [, point, action = '', hit = '1'] = FORM.exec(part.trim()) ?? [];
    if (point === undefined || !known.includes(point)) {
      throw new Error(
        `FAIL_POINTS is wrong: ${JSON.stringify(part.slice(0, 80))}, expected POINT=ACTION, separated by ` +
          `commas if several. Points: ${known.join(', ')}. Actions: ${ACTIONS}`,
      );
    }
    armed.set(point, { action: parseAction(action), hit: hit === '*' ? null : Number(hit) });
  }
  return armed;
}

/** Looks like a Postgres error to the code that catches it. */
class InjectedFailure extends Error {
  override readonly name = 'InjectedFailure';
  readonly code: string;

  constructor(point: string, code: string) {
    super(`injected at ${point}`);
    this.code = code;
  }
}

export interface FailPointEffects {
  readonly log: (entry: { readonly point: string; readonly action: FailAction['kind'] }) => void;
  /** Sends a signal to this process. */
  readonly signal: (signal: 'SIGKILL' | 'SIGSTOP') => void;
}

export function createFailPointHandler(
  armed: ReadonlyMap<string, ArmedFailPoint>,
  { log, signal }: FailPointEffects,
): FailPointHandler {
  const hits = new Map<string, number>();
  return async (point) => {
    const found = armed.get(point);
    if (found === undefined) return;
    const hit = (hits.get(point) ?? 0) + 1;
    hits.set(point, hit);
    if (found.hit !== null && found.hit !== hit) return;
    const { action } = found;
    log({ point, action: action.kind });
    switch (action.kind) {
      case 'kill':
        signal('SIGKILL');
        // No further line runs, however long the signal takes to arrive.
        return new Promise(() => {});
      case 'stop':
        return signal('SIGSTOP');
      case 'pause':
        return sleep(action.ms);
      case 'error':
        throw new InjectedFailure(point, action.code);
    }
  };
}
