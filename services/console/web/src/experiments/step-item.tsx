import type { Verification } from '../api/views.ts';
import { Button } from '../ui/button.tsx';
import { Hidden } from '../ui/hidden.tsx';
import { Checks, Counts } from '../verify/checks.tsx';
import { applicable } from './conditions.ts';
import type { CheckStep, Step, WatchStep } from './experiment.ts';
import { toPaste, VERIFY } from './paste.ts';
import { PasteCommands } from './paste-commands.tsx';
import styles from './step-item.module.css';
import { useExperimentsText } from './text.ts';
import type { Run } from './use-experiment.ts';
import { useText } from './use-text.ts';

type State = 'done' | 'failed' | 'current' | 'upcoming';

interface StepItemProps {
  readonly step: Step;
  readonly index: number;
  readonly run: Run;
}

function toState({ step, index, run: { progress } }: StepItemProps): State {
  if (progress === null || index > progress.index) return 'upcoming';
  const outcome = progress.outcomes[step.id];
  if (outcome?.ok === false) return 'failed';
  return index === progress.index ? 'current' : 'done';
}

const MARKS: Readonly<Record<State, string>> = { done: '✓', failed: '✗', current: '▸', upcoming: '' };

/** A step of an experiment, with its conditions and its outcome. */
export function StepItem(props: StepItemProps) {
  const { t } = useExperimentsText();
  const text = useText();
  const { step, index, run } = props;
  const state = toState(props);
  const isCurrent = run.progress?.index === index;
  const outcome = run.progress?.outcomes[step.id];
  return (
    <li className={styles.step} data-state={state} aria-current={isCurrent ? 'step' : undefined}>
      <span className={styles.mark} aria-hidden="true">
        {MARKS[state] || index + 1}
      </span>
      <div className={styles.content}>
        <h3>
          {text(step.title)} <Hidden>({t(`states.${state}`)})</Hidden>
        </h3>
        {step.why && state !== 'upcoming' ? <p className={styles.why}>{text(step.why)}</p> : null}
        {outcome?.text ? <p className={styles.answer}>{outcome.text}</p> : null}
        {isCurrent && state === 'failed' && step.kind === 'control' ? (
          <div>
            <Button onClick={run.skip}>{t('seenAnyway')}</Button>
          </div>
        ) : null}
        {step.kind === 'watch' || step.kind === 'check' ? (
          <Conditions step={step} state={state} run={run} />
        ) : null}
        {isCurrent && run.pastes ? <Instructions step={step} run={run} /> : null}
        {step.kind === 'verify' && run.progress?.verification && state !== 'upcoming' ? (
          <Verified verification={run.progress.verification} />
        ) : null}
      </div>
    </li>
  );
}

function Instructions({ step, run }: { readonly step: Step; readonly run: Run }) {
  const { t } = useExperimentsText();
  const { progress, sight } = run;
  if (progress === null) return null;
  const paste = step.kind === 'control' ? toPaste(step.call(progress.memory, sight)) : VERIFY;
  return (
    <div className={styles.instructions}>
      <p>{step.kind === 'control' ? t('paste') : t('pasteVerify')}</p>
      <PasteCommands paste={paste} />
      <div>
        <Button onClick={run.skip}>{t('seenAnyway')}</Button>
      </div>
    </div>
  );
}

function Verified({ verification }: { readonly verification: Verification }) {
  return (
    <details open={!verification.ok}>
      <summary className={styles.summary}>
        <Counts of={verification} />
      </summary>
      <Checks verification={verification} />
    </details>
  );
}

interface ConditionsProps {
  readonly step: WatchStep | CheckStep;
  readonly state: State;
  readonly run: Run;
}

function Conditions({ step, state, run }: ConditionsProps) {
  const { t } = useExperimentsText();
  const text = useText();
  const { progress, sight } = run;
  if (progress === null || state === 'upcoming') return null;
  const toMark = (holds: boolean) => {
    if (state === 'done' || holds) return 'seen';
    return state === 'failed' ? 'notMet' : 'notSeen';
  };
  return (
    <>
      {state === 'current' ? (
        <p className={styles.hint}>{step.kind === 'watch' ? t('watching') : t('checking')}</p>
      ) : null}
      <ul className={styles.conditions}>
        {applicable(step.until, sight).map(({ says, holds }) => {
          const mark = toMark(holds(sight, progress.memory));
          return (
            <li key={says.en} data-mark={mark}>
              <span aria-hidden="true">{mark === 'seen' ? '✓' : mark === 'notMet' ? '✗' : '○'}</span>
              <span>
                {text(says)} <Hidden>({t(mark)})</Hidden>
              </span>
            </li>
          );
        })}
      </ul>
    </>
  );
}
