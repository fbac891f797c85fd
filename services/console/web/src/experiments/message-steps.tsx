import type { InboxMessageView, MessageDetailView } from '@lmt/contracts';
import { buildTimeline, type TimelineStep } from '@lmt/contracts/timeline';
import { Link } from 'wouter';
import { serverNow } from '../api/server-clock.ts';
import { Countdown, StepName } from '../messages/step-name.tsx';
import { Status } from '../ui/status.tsx';
import { formatMs, useNow } from '../ui/time.tsx';
import styles from './message-steps.module.css';
import { useExperimentsText } from './text.ts';

interface MessageStepsProps {
  readonly message: MessageDetailView;
  readonly inbox: InboxMessageView | null;
  /** The process for which a due message waits. */
  readonly blocker: string | null;
}

/** A message's status and its timeline in short, with the time until its next publication. */
export function MessageSteps({ message, inbox, blocker }: MessageStepsProps) {
  const { t } = useExperimentsText();
  useNow();
  const now = new Date(serverNow());
  const steps = buildTimeline({ message, inbox, actions: [], now });
  return (
    <section className={styles.message} aria-label={t('timeline', { type: message.type })}>
      <div className={styles.header}>
        <code>{message.type}</code>
        <Status of={message.status} />
        <span>{t('attempts', { count: message.attempts })}</span>
      </div>
      <ol className={styles.steps}>
        {steps.map((step) => (
          <li key={toKey(step)} data-pending={step.kind === 'waiting' || step.kind === 'next-retry'}>
            <StepName step={step} />
            {step.kind === 'next-retry' && step.at === null && blocker !== null
              ? t('waitsForProcess', { blocker })
              : null}{' '}
            <span className={styles.soft}>
              {step.kind === 'next-retry' ? <Countdown at={step.at} now={now} /> : null}
              {step.sincePreviousMs === null ? null : `+${formatMs(step.sincePreviousMs)}`}
            </span>
          </li>
        ))}
      </ol>
      <Link to={`/messages/${message.id}`}>{t('whole')}</Link>
    </section>
  );
}

/** Two movements of a message differ by their sku, all other steps by their kind and time. */
const toKey = (step: TimelineStep) => [step.kind, step.at, 'sku' in step ? step.sku : ''].join(' ');
