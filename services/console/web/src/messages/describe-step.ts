import type { Stage } from '@lmt/contracts';
import type { TimelineStep } from '@lmt/contracts/timeline';
import { formatMs } from '../ui/time.tsx';

/** A key of this folder's texts with its values. */
export interface Described {
  readonly key: string;
  readonly values: Readonly<Record<string, string | number>>;
}

/** Isolates a name, so that its characters cannot reorder the text around it. */
const isolate = (name: string) => `\u2068${name}\u2069`;

/** The look of a step. `pending` steps have not happened yet. */
export type StepTone = 'order' | 'retry' | 'inventory' | 'good' | 'bad' | 'pending' | 'person';

const TONES: Readonly<Record<TimelineStep['kind'], StepTone>> = {
  written: 'order',
  claimed: 'order',
  published: 'order',
  'publish-failed': 'bad',
  unrecorded: 'retry',
  deadline: 'retry',
  gap: 'order',
  received: 'inventory',
  processed: 'inventory',
  movement: 'inventory',
  'result-sent': 'inventory',
  completed: 'good',
  died: 'bad',
  'late-result': 'order',
  requeued: 'person',
  discarded: 'person',
  'sent-now': 'person',
  waiting: 'pending',
  'next-retry': 'pending',
};

export function chooseTone(step: TimelineStep): StepTone {
  // The time before it was spent waiting for a result.
  if (step.kind === 'claimed' && step.attempt > 1) return 'retry';
  return step.kind === 'processed' && step.outcome === 'FAILED' ? 'bad' : TONES[step.kind];
}

const STAGES: Partial<Readonly<Record<TimelineStep['kind'], Stage>>> = {
  claimed: 'claim',
  published: 'publish',
  received: 'deliver',
  processed: 'process',
  'result-sent': 'report',
  completed: 'complete',
};

/** The stage that ends with the step, if the step has its colour. */
export function findStage(step: TimelineStep): Stage | undefined {
  const tone = chooseTone(step);
  return tone === 'bad' || tone === 'retry' ? undefined : STAGES[step.kind];
}

/** Names a step. */
export function describeStep(step: TimelineStep): Described {
  switch (step.kind) {
    case 'claimed':
    case 'published':
      return {
        key: step.attempt === 1 ? `step.${step.kind}` : `step.${step.kind}-again`,
        values: { attempt: step.attempt },
      };
    case 'deadline':
      return { key: 'step.deadline', values: { time: formatMs(step.sincePublishedMs) } };
    case 'gap':
      return { key: 'step.gap', values: { missing: step.missing } };
    case 'processed':
      return { key: 'step.processed', values: { outcome: step.outcome } };
    case 'movement':
      return {
        key: step.delta < 0 ? 'step.deducted' : 'step.released',
        values: { count: Math.abs(step.delta) },
      };
    case 'late-result':
      return { key: 'step.late-result', values: { outcome: step.outcome ?? '' } };
    case 'requeued':
    case 'discarded':
    case 'sent-now':
      return { key: `step.${step.kind}`, values: { by: isolate(step.by) } };
    case 'waiting':
      return { key: `step.waiting-${step.stage}`, values: {} };
    case 'next-retry':
      return {
        key: step.at === null ? 'step.due' : 'step.next-retry',
        values: { attempt: step.attempt },
      };
    default:
      return { key: `step.${step.kind}`, values: {} };
  }
}

/** A relay looks for due messages every 5 s. It claims one sooner than this if nothing is wrong. */
const PROMPT_MS = 6_000;

/** Explains a step by the steps around it. Null if its name is enough. */
export function explainStep(steps: readonly TimelineStep[], index: number): Described | null {
  const step = steps[index];
  if (step?.kind === 'deadline') return { key: 'why.grows', values: {} };
  if (step?.kind === 'unrecorded') {
    const read = steps.slice(index).find(({ kind }) => kind === 'processed');
    const hasFailed = read?.kind === 'processed' && read.outcome === 'FAILED';
    return { key: hasFailed ? 'why.unrecorded-failed' : 'why.unrecorded', values: {} };
  }
  if (step?.kind === 'claimed' && steps[index - 1]?.kind === 'deadline') {
    const ms = step.sincePreviousMs ?? 0;
    return ms < PROMPT_MS ? null : { key: 'why.late', values: { time: formatMs(ms) } };
  }
  return explainRetry(steps, index);
}

/**
 * Explains why a relay republished a message: an operator's decision since the previous publication,
 * else the missing result. The first step of the republication has it, which is the claim unless an
 * older relay has not recorded that. Null for other steps.
 */
function explainRetry(steps: readonly TimelineStep[], index: number): Described | null {
  const step = steps[index];
  if ((step?.kind !== 'published' && step?.kind !== 'claimed') || step.attempt === 1) return null;
  const earlier = steps.slice(0, index).reverse();
  if (step.kind === 'published' && earlier[0]?.kind === 'claimed') return null;
  for (const other of earlier) {
    if (other.kind === 'published') break;
    if (other.kind === 'deadline') return null;
    if (other.kind === 'requeued' || other.kind === 'sent-now')
      return { key: `why.${other.kind}`, values: { by: isolate(other.by) } };
  }
  return { key: 'why.deadline', values: {} };
}
