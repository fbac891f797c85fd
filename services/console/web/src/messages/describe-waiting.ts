import type { MessageDetailView } from '@lmt/contracts';
import type { TimelineStep } from '@lmt/contracts/timeline';
import type { Tone } from '../ui/notice.tsx';

/** The next event of a message, or its end. */
export interface Waiting {
  readonly tone: Tone;
  /** Key of this folder's texts. */
  readonly key: string;
  /** Time by the order database's clock to count down to, or null. */
  readonly until: string | null;
  /** Why the last publication failed, or why the message is DEAD. */
  readonly reason: string | null;
}

/** Chooses the sentence of the banner from the pending steps of the timeline. */
export function describeWaiting(
  { status, lastError, result }: Pick<MessageDetailView, 'status' | 'lastError' | 'result'>,
  steps: readonly TimelineStep[],
): Waiting {
  const waiting = steps.find((step) => step.kind === 'waiting');
  const retry = steps.find((step) => step.kind === 'next-retry');
  if (waiting === undefined) {
    if (status === 'DISCARDED') return { tone: 'info', key: 'now.discarded', until: null, reason: null };
    const isRejected = result?.outcome === 'REJECTED';
    return {
      tone: isRejected ? 'waiting' : 'good',
      key: isRejected ? 'now.completed-rejected' : 'now.completed',
      until: null,
      reason: isRejected ? (result.reason ?? null) : null,
    };
  }
  switch (waiting.stage) {
    case 'operator':
      return { tone: 'bad', key: 'now.operator', until: null, reason: lastError };
    case 'in-flight':
      return { tone: 'info', key: 'now.in-flight', until: waiting.at, reason: null };
    case 'relay':
      return retry?.at == null
        ? { tone: 'waiting', key: 'now.relay', until: null, reason: lastError }
        : { tone: 'waiting', key: 'now.back-off', until: retry.at, reason: lastError };
    default: {
      const until = retry?.at ?? null;
      const key = until === null ? `now.${waiting.stage}-due` : `now.${waiting.stage}`;
      return { tone: 'waiting', key, until, reason: lastError };
    }
  }
}
