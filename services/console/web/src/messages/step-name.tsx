import type { TimelineStep } from '@lmt/contracts/timeline';
import { Link } from 'wouter';
import { formatCountdown } from './countdown.ts';
import { describeStep } from './describe-step.ts';
import { Position } from './position.tsx';
import styles from './step-name.module.css';
import { useMessagesText } from './text.ts';

/** The name of a step with its SKU, its position or its reason. */
export function StepName({ step }: { readonly step: TimelineStep }) {
  const { t } = useMessagesText();
  const { key, values } = describeStep(step);
  return (
    <>
      <strong>
        {t(key, values)}
        {step.kind === 'movement' ? (
          <>
            {' '}
            <Link to={`/stock/${encodeURIComponent(step.sku)}`}>
              <bdi>{step.sku}</bdi>
            </Link>
          </>
        ) : null}
      </strong>{' '}
      <Details step={step} />
    </>
  );
}

function Details({ step }: { readonly step: TimelineStep }) {
  const { t } = useMessagesText();
  if (step.kind === 'published' && step.position !== null)
    return (
      <span className={styles.detail}>
        <Position of={step.position} />
        {step.earlierCopyLost ? <span className={styles.lost}>{t('lostCopy')}</span> : null}
      </span>
    );
  if ('reason' in step && step.reason !== null) return <bdi className={styles.detail}>{step.reason}</bdi>;
  return null;
}

/** The time until a step that has not happened yet. Nothing once the time has passed. */
export function Countdown({ at, now }: { readonly at: string | null; readonly now: Date }) {
  const { t } = useMessagesText();
  const time = formatCountdown(at, now.getTime());
  return time === null ? null : t('nextIn', { time });
}
