import { Hidden } from '../ui/hidden.tsx';
import { applicable } from './conditions.ts';
import type { CheckStep, WatchStep } from './experiment.ts';
import styles from './step-item.module.css';
import type { State } from './step-item.tsx';
import { useExperimentsText } from './text.ts';
import type { Run } from './use-experiment.ts';
import { useText } from './use-text.ts';

interface ConditionsProps {
  readonly step: WatchStep | CheckStep;
  readonly state: State;
  readonly run: Run;
}

/** The conditions that the page waits for, and which of them were seen. */
export function Conditions({ step, state, run }: ConditionsProps) {
  const { t } = useExperimentsText();
  const text = useText();
  const { progress, sight } = run;
  if (progress === null || state === 'upcoming') return null;
  const toMark = (holds: boolean) => {
    if (state === 'done' || state === 'seen' || holds) return 'seen';
    return state === 'failed' ? 'notMet' : 'notSeen';
  };
  return (
    <>
      {state === 'current' ? (
        <p className={styles.hint}>{step.kind === 'watch' ? t('watching') : t('checking')}</p>
      ) : null}
      <ul className={styles.conditions}>
        {applicable(step.until, sight).map(({ label, holds }) => {
          const mark = toMark(holds(sight, progress.memory));
          return (
            <li key={label.en} data-mark={mark}>
              <span aria-hidden="true">{mark === 'seen' ? '✓' : mark === 'notMet' ? '✗' : '○'}</span>
              <span>
                {text(label)} <Hidden>({t(mark)})</Hidden>
              </span>
            </li>
          );
        })}
      </ul>
    </>
  );
}
