import { z } from 'zod';

/** What a process does to itself: dies, stands still, throws, waits. */
export type FailAction =
  | { readonly kind: 'kill' | 'stop' }
  | { readonly kind: 'error'; readonly code: string }
  | { readonly kind: 'pause'; readonly ms: number };

export interface ArmedFailPoint {
  readonly action: FailAction;
  /** The hit that it acts at, counted from 1; null for each. */
  readonly hit: number | null;
}

export type ArmedFailPoints<Point extends string> = ReadonlyMap<Point, ArmedFailPoint>;

const CONNECTION_LOST = '08006';
const ACTIONS =
  'kill, stop, error, error:SQLSTATE, pause:MILLISECONDS, each with @HIT or @* for a hit other than the first';
const FORM = /^([\w.]+)=(kill|stop|error(?::[0-9A-Z]{5})?|pause:\d{1,6})(?:@([1-9]\d{0,8}|\*))?$/;

function actionOf(text: string): FailAction {
  const [kind, detail] = text.split(':');
  if (kind === 'kill' || kind === 'stop') return { kind };
  if (kind === 'pause') return { kind, ms: Number(detail) };
  return { kind: 'error', code: detail ?? CONNECTION_LOST };
}

function failPoints<Point extends string>(known: readonly Point[]) {
  const expected = `expected POINT=ACTION, several separated by commas. Points here: ${known.join(', ')}. Actions: ${ACTIONS}`;
  return z
    .string()
    .default('')
    .transform((text, context): ArmedFailPoints<Point> => {
      const armed = new Map<Point, ArmedFailPoint>();
      for (const part of text.split(',').filter((part) => part.trim() !== '')) {
        const [, name, action = '', hit = '1'] = FORM.exec(part.trim()) ?? [];
        const point = known.find((candidate) => candidate === name);
        if (point === undefined) {
          const message = `${JSON.stringify(part.slice(0, 80))}, ${expected}`;
          context.addIssue({ code: 'custom', message });
          return z.NEVER;
        }
        armed.set(point, { action: actionOf(action), hit: hit === '*' ? null : Number(hit) });
      }
      return armed;
    });
}

/** The setting FAIL_POINTS for a process with these points; goes with `failPointsInTestsOnly`. */
export function failPointSettings<Point extends string>(known: readonly Point[]) {
  return { FAIL_POINTS: failPoints(known), NODE_ENV: z.string().default('') };
}

interface FailPointSettings {
  readonly FAIL_POINTS?: ReadonlyMap<string, ArmedFailPoint>;
  readonly NODE_ENV?: string;
}

/** Arguments of `refine` on the process's settings: refuses fail-points wherever it is not a test. */
export const failPointsInTestsOnly = [
  ({ FAIL_POINTS, NODE_ENV }: FailPointSettings) => !FAIL_POINTS?.size || NODE_ENV === 'test',
  {
    path: ['FAIL_POINTS'] as string[],
    error: 'refused: it makes the process fail, which is for tests only. Unset it, or set NODE_ENV=test',
    when: () => true,
  },
] as const;
