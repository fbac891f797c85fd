import type { TimelineStep } from '@lmt/contracts/timeline';
import { Hidden } from '../ui/hidden.tsx';
import { formatMs, Time } from '../ui/time.tsx';
import { chooseTone, explainStep, findStage } from './describe-step.ts';
import { Countdown, StepName } from './step-name.tsx';
import { useMessagesText } from './text.ts';
import styles from './timeline.module.css';
import '../ui/stages.css';
import type { Bar } from './waterfall.ts';

interface TimelineRowProps {
  readonly steps: readonly TimelineStep[];
  readonly index: number;
  readonly bar: Bar | null;
  readonly now: Date;
}

/** One step: its time and clock, its name and details, and how long it took since the step before. */
export function TimelineRow({ steps, index, bar, now }: TimelineRowProps) {
  const { t } = useMessagesText();
  const step = steps[index];
  if (step === undefined) return null;
  const tone = chooseTone(step);
  const why = explainStep(steps, index);
  const isPending = tone === 'pending';
  const duration = step.kind === 'waiting' ? measureWait(steps, now) : step.sincePreviousMs;
  return (
    <li
      className={`${styles.row} ${styles[tone]} ${step.kind === 'movement' ? styles.part : ''}`}
      data-stage={findStage(step)}
    >
      <span className={styles.at}>
        {isPending ? <Countdown at={step.at} now={now} /> : <StepTime steps={steps} index={index} />}
      </span>
      <span className={styles.dot} aria-hidden="true" />
      <div className={styles.step}>
        <StepName step={step} />
        {why === null ? null : <span className={styles.detail}>{t(why.key, why.values)}</span>}
      </div>
      <span className={styles.duration}>{duration === null ? null : formatMs(duration)}</span>
      <span className={styles.track} aria-hidden="true">
        {bar === null ? null : (
          <span
            className={styles.bar}
            style={{ left: `min(${bar.left}%, calc(100% - 3px))`, width: `${bar.width}%` }}
          />
        )}
      </span>
    </li>
  );
}

/** How long the message has waited since the last step. */
function measureWait(steps: readonly TimelineStep[], now: Date): number | null {
  const past = steps.filter(
    ({ kind, at }) => at !== null && kind !== 'movement' && kind !== 'waiting' && kind !== 'next-retry',
  );
  const at = past.at(-1)?.at ?? null;
  return at === null ? null : Math.max(0, now.getTime() - Date.parse(at));
}

/** The time of a step, and its clock where it differs from the one of the step before. */
function StepTime({ steps, index }: { readonly steps: readonly TimelineStep[]; readonly index: number }) {
  const { t } = useMessagesText();
  const step = steps[index];
  if (step === undefined || step.kind === 'gap' || step.kind === 'unrecorded') return null;
  if (step.at === null) return t('unknownTime');
  const clock = <span className={styles.clock}>{t(`clock.${step.clock}`)}</span>;
  const isSame = steps[index - 1]?.clock === step.clock && steps[index - 1]?.at != null;
  if (step.kind === 'movement')
    return (
      <Hidden>
        <Time at={step.at} /> {clock}
      </Hidden>
    );
  return (
    <>
      <Time at={step.at} />
      {isSame ? <Hidden>{clock}</Hidden> : clock}
    </>
  );
}
