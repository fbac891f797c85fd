import { useEffect, useRef } from 'react';
import { Link, useParams } from 'wouter';
import { useProcesses, useSession } from '../api/control.ts';
import { Button, ButtonLink } from '../ui/button.tsx';
import { Notice } from '../ui/notice.tsx';
import { Page } from '../ui/page.tsx';
import { Panel } from '../ui/panel.tsx';
import { Empty, Failure } from '../ui/states.tsx';
import { findExperiment } from './catalog.ts';
import { ControlBar } from './control-bar.tsx';
import styles from './experiment.module.css';
import type { Experiment } from './experiment.ts';
import { hasEnded, type Progress, succeeded } from './progress.ts';
import { PutBack } from './put-back.tsx';
import { toRestore } from './restore.ts';
import { SightPanel } from './sight-panel.tsx';
import { StepItem } from './step-item.tsx';
import { useExperimentsText } from './text.ts';
import { useExperiment } from './use-experiment.ts';
import { useRunning } from './use-running.ts';
import { useText } from './use-text.ts';

export default function ExperimentPage() {
  const { t } = useExperimentsText();
  const experiment = findExperiment(useParams().id);
  if (experiment !== undefined) return <ExperimentRun key={experiment.id} experiment={experiment} />;
  return (
    <Page title={t('unknown')}>
      <Empty title={t('unknown')}>
        <Link to="/break">{t('all')}</Link>
      </Empty>
    </Page>
  );
}

function ExperimentRun({ experiment }: { readonly experiment: Experiment }) {
  const { t } = useExperimentsText();
  const text = useText();
  const run = useExperiment(experiment);
  const isDirect = useSession()?.control?.broker === 'direct';
  const impossible = isDirect && experiment.needsKafka;
  const disturbed = toRestore(useProcesses()).length > 0;
  const { progress, startError } = run;
  const running = useRunning();
  const elsewhere = running?.id === experiment.id ? null : running;
  const ended = progress !== null && hasEnded(progress);
  return (
    <Page
      title={text(experiment.title)}
      lead={text(experiment.teaser)}
      actions={
        <ButtonLink to="/break" tone="quiet">
          {t('all')}
        </ButtonLink>
      }
    >
      <div className={styles.columns}>
        <div className={styles.column}>
          <div className={styles.story}>
            <Panel title={t('before')}>
              <p>{text(experiment.before)}</p>
            </Panel>
            <Panel title={t('without')}>
              <p>{text(experiment.without)}</p>
            </Panel>
          </div>
          {isDirect ? (
            <Notice tone={impossible ? 'waiting' : 'info'}>
              <p>{impossible ? t('needsKafka') : t('direct')}</p>
            </Notice>
          ) : null}
          {elsewhere === null ? null : (
            <Notice tone="waiting">
              <p>
                {t('elsewhere')} <Link to={`/break/${elsewhere.id}`}>{text(elsewhere.title)}</Link>
              </p>
            </Notice>
          )}
          {progress === null && disturbed ? (
            <Notice tone="waiting">
              <p>{t('disturbed')}</p>
            </Notice>
          ) : null}
          {startError === 'no-stock' ? (
            <Notice tone="bad">
              <p>
                {t('noStock')} <Link to="/stock">{t('toStock')}</Link>
              </p>
            </Notice>
          ) : null}
          {startError !== null && startError !== 'no-stock' ? <Failure error={startError} /> : null}
          <Panel title={t('steps')} aside={progress && !ended ? <End onEnd={run.end} /> : null}>
            <ol className={styles.steps}>
              {experiment.steps.map((step, index) => (
                <StepItem key={step.id} step={step} index={index} run={run} />
              ))}
            </ol>
          </Panel>
          <Learned experiment={experiment} progress={progress} />
        </div>
        <div className={styles.aside}>
          <SightPanel run={run} />
          <PutBack />
        </div>
      </div>
      <ControlBar run={run} elsewhere={elsewhere} disabled={disturbed || impossible} />
    </Page>
  );
}

interface LearnedProps {
  readonly experiment: Experiment;
  readonly progress: Progress | null;
}

/** The conclusion. Its space is reserved from the start, so that it moves no other part. */
function Learned({ experiment, progress }: LearnedProps) {
  const { t } = useExperimentsText();
  const text = useText();
  const place = useRef<HTMLDivElement>(null);
  const ended = progress !== null && hasEnded(progress);
  useEffect(() => {
    if (ended) place.current?.scrollIntoView({ block: 'nearest' });
  }, [ended]);
  return (
    <div ref={place} className={styles.end}>
      <Panel title={t('learned')}>
        {ended ? (
          <div className={styles.learned}>
            <Notice tone={succeeded(progress) ? 'good' : 'bad'}>
              <p>{succeeded(progress) ? t('ok') : t('notOk')}</p>
            </Notice>
            <p>{text(experiment.learned)}</p>
          </div>
        ) : (
          <p className={styles.soft}>{t('learnedLater')}</p>
        )}
      </Panel>
    </div>
  );
}

function End({ onEnd }: { readonly onEnd: () => void }) {
  const { t } = useExperimentsText();
  return (
    <Button small tone="quiet" title={t('confirmEnd')} onClick={onEnd}>
      {t('end')}
    </Button>
  );
}
