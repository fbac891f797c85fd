import { useLive } from '../api/live.tsx';
import { Button } from '../ui/button.tsx';
import { Announcement, Notice } from '../ui/notice.tsx';
import { applicable } from './conditions.ts';
import styles from './control-bar.module.css';
import type { Experiment, Step } from './experiment.ts';
import { useExperimentsText } from './text.ts';
import type { Run } from './use-experiment.ts';
import { useText } from './use-text.ts';

interface ControlBarProps {
  readonly run: Run;
  /** The experiment that this one would replace. */
  readonly elsewhere: Experiment | null;
  readonly disabled: boolean;
}

/** Starts the experiment and its steps. It is always visible, so the first button keeps the focus. */
export function ControlBar({ run, elsewhere, disabled }: ControlBarProps) {
  const { t } = useExperimentsText();
  const { live, setLive } = useLive();
  const { progress, step, busy, seen } = run;
  const running = progress !== null && step !== null;
  const waits = busy || (running && seen === null && (!isDoable(step) || run.pastes));
  const isOff = waits || (!running && disabled);
  const act = () => {
    if (isOff) return;
    void (running ? run.next() : run.start(false));
  };
  return (
    <div className={styles.bar}>
      <Announcement>
        <ProgressText run={run} />
      </Announcement>
      {running && !live ? (
        <Notice tone="waiting">
          <p>
            {t('liveOff')}{' '}
            <Button small onClick={() => setLive(true)}>
              {t('liveOn')}
            </Button>
          </p>
        </Notice>
      ) : null}
      <div className={styles.buttons}>
        <Button tone="primary" aria-disabled={isOff} onClick={act}>
          <Label run={run} elsewhere={elsewhere} />
        </Button>
        {running ? (
          progress.automatic ? null : (
            <Button onClick={run.runAll}>{t('runAll')}</Button>
          )
        ) : (
          <Button disabled={disabled || busy} onClick={() => void run.start(true)}>
            {t('startAll')}
          </Button>
        )}
      </div>
    </div>
  );
}

const isDoable = ({ kind }: Step) => kind === 'control' || kind === 'request' || kind === 'verify';

function Label({ run, elsewhere }: Pick<ControlBarProps, 'run' | 'elsewhere'>) {
  const { t } = useExperimentsText();
  const text = useText();
  const { progress, step, busy, seen } = run;
  if (busy) return t('working');
  if (progress === null || step === null) {
    if (elsewhere !== null) return t('replace', { title: text(elsewhere.title) });
    return progress === null ? t('start') : t('again');
  }
  if (seen !== null) return t('continue');
  if (progress.outcomes[step.id] !== undefined) return t('retry');
  if (step.kind === 'decide') return t('yourDecision');
  return isDoable(step) && !run.pastes ? `${t('next')}: ${text(step.title)}` : t('waiting');
}

/** The position in the experiment, and the fact that the page waits for. */
function ProgressText({ run: { progress, step, sight, seen } }: { readonly run: Run }) {
  const { t } = useExperimentsText();
  const text = useText();
  if (progress === null || step === null) return null;
  const { index, count, memory } = progress;
  const until = seen === null && (step.kind === 'watch' || step.kind === 'check') ? step.until : [];
  const missing = applicable(until, sight).find(({ holds }) => !holds(sight, memory));
  return (
    <p className={styles.progress}>
      {t('position', { position: index + 1, count })} · {text(step.title)}
      {missing === undefined ? null : (
        <>
          <br />
          {t('waitsFor')} {text(missing.label)}
        </>
      )}
    </p>
  );
}
