import type { MessageDetailView } from '@lmt/contracts';
import type { TimelineStep } from '@lmt/contracts/timeline';
import { Hidden } from '../ui/hidden.tsx';
import { Announcement, Notice } from '../ui/notice.tsx';
import { Status } from '../ui/status.tsx';
import { formatCountdown } from './countdown.ts';
import { describeWaiting } from './describe-waiting.ts';
import styles from './messages.module.css';
import { useMessagesText } from './text.ts';

interface WaitingBannerProps {
  readonly message: MessageDetailView;
  readonly steps: readonly TimelineStep[];
  readonly now: Date;
}

/** Explains the present state of the message, with a countdown. */
export function WaitingBanner({ message, steps, now }: WaitingBannerProps) {
  const { t } = useMessagesText();
  const { tone, key, until, reason } = describeWaiting(message, steps);
  // The steps were built with the same `now`, so an `until` lies ahead.
  const time = formatCountdown(until, now.getTime());
  return (
    <Notice tone={tone}>
      <p className={styles.headline}>
        <Status of={message.status} /> {t(key, { time })}
      </p>
      {reason === null ? null : (
        <p>
          {t(message.status === 'COMPLETED' ? 'reason' : 'lastError')}: <bdi>{reason}</bdi>
        </p>
      )}
      {message.status === 'DEAD' && message.type === 'order.cancelled.v1' ? (
        <p>{t('keepCancellation')}</p>
      ) : null}
      {/* Not the countdown, which a screen reader would read every second. */}
      <Announcement>
        <Hidden>{t('statusNow', { status: message.status })}</Hidden>
      </Announcement>
    </Notice>
  );
}
