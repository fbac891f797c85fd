import { useEffect, useRef } from 'react';
import type { Verification } from '../api/views.ts';
import { Button } from '../ui/button.tsx';
import { Hidden } from '../ui/hidden.tsx';
import { formatMs, useNow } from '../ui/time.tsx';
import { Checks, Counts } from '../verify/checks.tsx';
import { DecideButtons } from './decide-buttons.tsx';
import type { Step } from './experiment.ts';
import { toPaste, VERIFY } from './paste.ts';
import { PasteCommands } from './paste-commands.tsx';
import type { Seen } from './progress.ts';
import { Conditions } from './step-conditions.tsx';
import styles from './step-item.module.css';
import { useExperimentsText } from './text.ts';
import type { Run } from './use-experiment.ts';
import { useText } from './use-text.ts';

export type State = 'done' | 'failed' | 'current' | 'seen' | 'upcoming';

interface StepItemProps {
  readonly step: Step;
  readonly index: number;
  readonly run: Run;
}

function toState({ step, index, run: { progress } }: StepItemProps): State {
  if (progress === null || index > progress.index) return 'upcoming';
  const outcome = progress.outcomes[step.id];
  if (outcome?.ok === false) return 'failed';
  if (index < progress.index) return 'done';
  return outcome === undefined ? 'current' : 'seen';
}

const MARKS: Readonly<Record<State, string>> = {
  done: '✓',
  failed: '✗',
  current: '▸',
  seen: '✓',
  upcoming: '',
};

/** A step of an experiment, with its conditions and its outcome. A step that is done is one line. */
export function StepItem(props: StepItemProps) {
  const { t } = useExperimentsText();
  const text = useText();
  const { step, index, run } = props;
  const state = toState(props);
  const isCurrent = run.progress?.index === index;
  const item = useRef<HTMLLIElement>(null);
  // Also once it was seen, because the step has grown.
  useEffect(() => {
    if (isCurrent && state !== 'upcoming') item.current?.scrollIntoView({ block: 'nearest' });
  }, [isCurrent, state]);
  const outcome = run.progress?.outcomes[step.id];
  const title = (
    <h3>
      {text(step.title)} <Hidden>({t(`states.${state}`)})</Hidden>
    </h3>
  );
  const isFolded = state === 'done' && step.kind !== 'verify';
  return (
    <li ref={item} className={styles.step} data-state={state} aria-current={isCurrent ? 'step' : undefined}>
      <span className={styles.mark} aria-hidden="true">
        {MARKS[state] || index + 1}
      </span>
      {isFolded ? (
        <details className={styles.folded}>
          <summary>
            {title}
            <span className={styles.gist}>
              {outcome?.seen ? <SeenText of={outcome.seen} /> : outcome?.text}
            </span>
          </summary>
          <Content {...props} state={state} />
        </details>
      ) : (
        <div className={styles.content}>
          {title}
          <Content {...props} state={state} />
        </div>
      )}
    </li>
  );
}

function Content({ step, index, run, state }: StepItemProps & { readonly state: State }) {
  const { t } = useExperimentsText();
  const text = useText();
  const isCurrent = run.progress?.index === index;
  const outcome = run.progress?.outcomes[step.id];
  const messageId = run.progress?.memory.order?.messageId;
  return (
    <>
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
      {state === 'seen' && outcome?.seen ? (
        <p className={styles.answer}>
          <SeenText of={outcome.seen} />
        </p>
      ) : null}
      {step.kind === 'watch' && state === 'current' ? <Stuck run={run} /> : null}
      {step.kind === 'decide' && state === 'current' && messageId !== undefined ? (
        <DecideButtons messageId={messageId} />
      ) : null}
      {isCurrent && run.pastes ? <Instructions step={step} run={run} /> : null}
      {step.kind === 'verify' && run.progress?.verification && state !== 'upcoming' ? (
        <Verified verification={run.progress.verification} />
      ) : null}
    </>
  );
}

/** The state in which a watch ended. */
function SeenText({ of: { afterMs, order, message, attempts } }: { readonly of: Seen }) {
  const { t } = useExperimentsText();
  return [
    t('seenAfter', { time: formatMs(afterMs) }),
    ...(order === null ? [] : [`${t('order')} ${order}`]),
    ...(message === null ? [] : [`${t('message')} ${message}`, t('attempts', { count: attempts })]),
  ].join(' · ');
}

const STUCK_MS = 60_000;

/** Offers to continue if the effect does not occur, such as after the reader has undone a step. */
function Stuck({ run }: { readonly run: Run }) {
  const { t } = useExperimentsText();
  const now = useNow(5_000);
  if (run.progress === null || now.getTime() - run.progress.since < STUCK_MS) return null;
  return (
    <div className={styles.instructions}>
      <p>{t('stuck')}</p>
      <div>
        <Button onClick={run.skip}>{t('seenAnyway')}</Button>
      </div>
    </div>
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
