import type { MessageDetailView } from '@lmt/contracts';
import type { TimelineStep } from '@lmt/contracts/timeline';
import { useState } from 'react';
import { Button } from '../ui/button.tsx';
import { Panel } from '../ui/panel.tsx';
import { formatMs } from '../ui/time.tsx';
import { foldSteps } from './fold-steps.ts';
import { useMessagesText } from './text.ts';
import styles from './timeline.module.css';
import { TimelineRow } from './timeline-row.tsx';
import { measureTotal, toBars } from './waterfall.ts';

interface TimelineProps {
  readonly message: MessageDetailView;
  readonly steps: readonly TimelineStep[];
  readonly now: Date;
  /** Whether the inventory has the message. Null if unknown. */
  readonly isReceived: boolean | null;
}

/** The way of a message, one row a step, with the time that each step took on a common axis. */
export function Timeline({ message, steps, now, isReceived }: TimelineProps) {
  const { t } = useMessagesText();
  const [isUnfolded, setUnfolded] = useState(false);
  const fold = isUnfolded ? null : foldSteps(steps.length);
  const bars = toBars(steps, now);
  const total = measureTotal(steps, now);
  const time = total === null ? '' : formatMs(total.to - total.from);
  const isFinished = message.status === 'COMPLETED' || message.status === 'DISCARDED';
  return (
    <Panel
      title={t('timeline')}
      aside={
        <span className={styles.soft}>
          {isFinished ? t('totalDone', { time, status: message.status }) : t('total', { time })}
        </span>
      }
    >
      <ol className={styles.timeline}>
        {steps.map((step, index) => {
          if (fold !== null && index === fold.from)
            return (
              <li key="fold" className={styles.fold}>
                <Button small onClick={() => setUnfolded(true)}>
                  {t('unfold', { count: fold.to - fold.from })}
                </Button>
              </li>
            );
          if (fold !== null && index > fold.from && index < fold.to) return null;
          return (
            <TimelineRow
              // Steps are only added, except for the pending ones at the end.
              key={`${step.kind} ${step.at ?? index} ${'sku' in step ? step.sku : ''}`}
              steps={steps}
              index={index}
              bar={bars[index] ?? null}
              now={now}
            />
          );
        })}
      </ol>
      <p className={styles.foot}>
        {isReceived === false && message.result === null && !isFinished ? `${t('notReceived')} ` : null}
        {t('clocks')}
      </p>
    </Panel>
  );
}
