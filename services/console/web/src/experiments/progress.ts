import type { MessageStatus, OrderStatus, PlacedOrder } from '@lmt/contracts';
import type { Verification } from '../api/views.ts';
import { applicable } from './conditions.ts';
import type { DecideStep, Experiment, Memory, RequestStep, Sight, Step, Text } from './experiment.ts';

export interface Outcome {
  readonly ok: boolean;
  /** The answer of the system, or why the step failed. */
  readonly text: string | null;
  /** The state in which a watch ended. */
  readonly seen?: Seen;
}

export interface Seen {
  readonly afterMs: number;
  readonly order: OrderStatus | null;
  readonly message: MessageStatus | null;
  readonly attempts: number;
}

/** A run of an experiment. */
export interface Progress {
  readonly experiment: string;
  readonly title: Text;
  /** Number of steps. */
  readonly count: number;
  /** The current step. The number of steps when the run has ended. */
  readonly index: number;
  /** When the current step began, in milliseconds. */
  readonly since: number;
  /** Whether the steps follow by themselves. */
  readonly automatic: boolean;
  readonly memory: Memory;
  /** By the id of the step. A failed step that is the current one can be repeated. */
  readonly outcomes: Readonly<Record<string, Outcome>>;
  readonly verification: Verification | null;
}

export function begin(
  { id, title, steps: { length: count } }: Experiment,
  memory: Memory,
  { automatic, now }: { readonly automatic: boolean; readonly now: number },
): Progress {
  const run = { experiment: id, title, count, memory, automatic };
  return { ...run, index: 0, since: now, outcomes: {}, verification: null };
}

/** Records the outcome of the current step and moves on to the next one. */
export function advance(progress: Progress, step: Step, outcome: Outcome, now: number): Progress {
  return { ...record(progress, step, outcome), index: progress.index + 1, since: now };
}

/**
 * Records what the page saw in the current step and moves on. Step by step, a watch stays the current
 * step until the reader continues.
 */
export function settle(progress: Progress, step: Step, outcome: Outcome, now: number): Progress {
  const stops = step.kind === 'watch' && !progress.automatic;
  return stops ? record(progress, step, outcome) : advance(progress, step, outcome, now);
}

/** The outcome of a watch that stopped for the reader. */
export function findSeen({ outcomes }: Progress, step: Step): Outcome | null {
  const outcome = step.kind === 'watch' ? outcomes[step.id] : undefined;
  return outcome?.ok ? outcome : null;
}

/** Records why the current step failed. It stays the current one, and the run waits for the reader. */
export function hold(progress: Progress, step: Step, text: string): Progress {
  return { ...record(progress, step, { ok: false, text }), automatic: false };
}

function record(progress: Progress, { id }: Step, outcome: Outcome): Progress {
  return { ...progress, outcomes: { ...progress.outcomes, [id]: outcome } };
}

/** Remembers the answer to a request. A repeated answer to the order names the same order. */
export function remember(
  progress: Progress,
  { placesOrder }: RequestStep | DecideStep,
  answer: { readonly status: number; readonly body: unknown; readonly replayed: boolean },
): Progress {
  if (!placesOrder) return progress;
  const order = answer.status === 201 ? (answer.body as PlacedOrder) : null;
  const { status, replayed } = answer;
  const answers = [...progress.memory.answers, { status, replayed, orderId: order?.id ?? null }];
  return { ...progress, memory: { ...progress.memory, answers, ...(order && { order }) } };
}

export const hasEnded = ({ index, count }: Progress) => index >= count;

/** Whether no step ended with a failure. */
export const succeeded = ({ outcomes }: Progress) => Object.values(outcomes).every(({ ok }) => ok);

// A condition of a check is known from the next poll on. Slow machines need several.
const CHECK_MS = 20_000;

/** Whether the step ends by itself in this state. Null: not yet. */
export function judge(
  step: Step,
  {
    sight,
    memory,
    pastes,
    waitedMs,
  }: {
    readonly sight: Sight;
    readonly memory: Memory;
    /** Whether the reader does the step in a terminal. */
    readonly pastes: boolean;
    readonly waitedMs: number;
  },
): Outcome | null {
  if (step.kind === 'control') return pastes && step.seen(sight, memory) ? { ok: true, text: null } : null;
  const [message] = sight.messages;
  if (step.kind === 'decide')
    return message === undefined || message.status === 'DEAD' ? null : { ok: true, text: null };
  if (step.kind !== 'watch' && step.kind !== 'check') return null;
  const missing = applicable(step.until, sight).filter(({ holds }) => !holds(sight, memory));
  if (missing.length === 0 && step.kind === 'watch') {
    const [order, status, attempts] = [sight.order, message?.status, message?.attempts];
    const seen = { order: order?.status ?? null, message: status ?? null, attempts: attempts ?? 0 };
    return { ok: true, text: null, seen: { ...seen, afterMs: waitedMs } };
  }
  if (missing.length === 0) return { ok: true, text: null };
  return step.kind === 'check' && waitedMs > CHECK_MS ? { ok: false, text: null } : null;
}
