import type { InboxMessageView, MessageDetailView } from '@lmt/contracts';
import { buildTimeline, type TimelineStep } from '@lmt/contracts/timeline';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { serverNow } from '../api/server-clock.ts';
import { Status } from '../ui/status.tsx';
import { formatMs, useNow } from '../ui/time.tsx';
import styles from './message-steps.module.css';

interface MessageStepsProps {
  readonly message: MessageDetailView;
  readonly inbox: InboxMessageView | null;
}

/** A message's status and its timeline in short, with the time until its next publication. */
export function MessageSteps({ message, inbox }: MessageStepsProps) {
  const { t } = useTranslation('experiments');
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
            <StepText step={step} now={now} />
          </li>
        ))}
      </ol>
      <Link to={`/messages/${message.id}`}>{t('whole')}</Link>
    </section>
  );
}

/** Two movements of a message differ by their sku, all other steps by their kind and time. */
const toKey = (step: TimelineStep) => [step.kind, step.at, 'sku' in step ? step.sku : ''].join(' ');

function StepText({ step, now }: { readonly step: TimelineStep; readonly now: Date }) {
  const { t } = useTranslation('experiments');
  if (step.kind === 'next-retry') {
    const seconds = step.at === null ? 0 : Math.ceil((Date.parse(step.at) - now.getTime()) / 1_000);
    return <strong>{seconds > 0 ? t('nextRetry', { seconds }) : t('nextRetryNow')}</strong>;
  }
  if (step.kind === 'waiting') return <>{t(`waits.${step.stage}`)}</>;
  const kind = step.kind === 'published' && step.attempt > 1 ? 'republished' : step.kind;
  return (
    <>
      {t(`kinds.${kind}`, { ...step })}
      {'position' in step && step.position !== null ? (
        <>
          {' '}
          <code className={styles.soft}>{step.position}</code>
        </>
      ) : null}
      {step.sincePreviousMs === null ? null : (
        <span className={styles.soft}> +{formatMs(step.sincePreviousMs)}</span>
      )}
      {'reason' in step && step.reason ? <span className={styles.reason}>{step.reason}</span> : null}
    </>
  );
}
