import { useLive } from '../api/live.tsx';
import { Button } from '../ui/button.tsx';
import { Announcement, Notice } from '../ui/notice.tsx';
import styles from './control-bar.module.css';
import type { Experiment, Step } from './experiment.ts';
import { useExperimentsText } from './text.ts';
import type { Run } from './use-experiment.ts';
import { useText } from './use-text.ts';

interface ControlBarProps {
  readonly run: Run;
  readonly experiment: Experiment;
  readonly disabled: boolean;
}

/** Starts the experiment and its steps. The first button keeps its place, and so the focus. */
export function ControlBar({ run, experiment, disabled }: ControlBarProps) {
  const { t } = useExperimentsText();
  const { live, setLive } = useLive();
  const { progress, step, busy } = run;
  const running = progress !== null && step !== null;
  const waits = busy || (running && (!isDoable(step) || run.pastes));
  const failed = running && progress.outcomes[step.id] !== undefined;
  const isOff = waits || (!running && disabled);
  const act = () => {
    if (isOff) return;
    void (running ? run.next() : run.start(false));
  };
  return (
    <div className={styles.bar}>
      <div className={styles.buttons}>
        <Button tone="primary" aria-disabled={isOff} onClick={act}>
          <Label run={run} failed={failed} />
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
      <Announcement>
        <ProgressText run={run} count={experiment.steps.length} />
      </Announcement>
    </div>
  );
}

const isDoable = ({ kind }: Step) => kind === 'control' || kind === 'request' || kind === 'verify';

function Label({ run, failed }: { readonly run: Run; readonly failed: boolean }) {
  const { t } = useExperimentsText();
  const text = useText();
  const { progress, step, busy } = run;
  if (progress === null) return t('start');
  if (step === null) return t('again');
  if (busy) return t('working');
  if (failed) return t('retry');
  return isDoable(step) && !run.pastes ? `${t('next')}: ${text(step.title)}` : text(step.title);
}

function ProgressText({ run: { progress, step }, count }: { readonly run: Run; readonly count: number }) {
  const { t } = useExperimentsText();
  const text = useText();
  if (progress === null || step === null) return null;
  return (
    <p className={styles.progress}>
      {t('position', { position: progress.index + 1, count })} · {text(step.title)}
    </p>
  );
}
