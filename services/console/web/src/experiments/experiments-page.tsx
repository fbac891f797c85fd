import { Link } from 'wouter';
import { useSession } from '../api/control.ts';
import { Notice } from '../ui/notice.tsx';
import { Page } from '../ui/page.tsx';
import { EXPERIMENTS } from './catalog.ts';
import type { Experiment } from './experiment.ts';
import styles from './experiments.module.css';
import { wipedKafka } from './kafka-outages.ts';
import { killInventory } from './kill-inventory.ts';
import { readFinished } from './progress-store.ts';
import { PutBack } from './put-back.tsx';
import { useExperimentsText } from './text.ts';
import { useRunning } from './use-running.ts';
import { useText } from './use-text.ts';

const FIRST = [killInventory.id, wipedKafka.id];

export default function ExperimentsPage() {
  const { t } = useExperimentsText();
  const text = useText();
  const isDirect = useSession()?.control?.broker === 'direct';
  const running = useRunning();
  const finished = readFinished();
  return (
    <Page title={t('title')} lead={t('lead')}>
      <div className={styles.content}>
        <Notice tone={running ? 'waiting' : 'info'}>
          {running ? (
            <p>
              {t('elsewhere')} <Link to={`/break/${running.id}`}>{text(running.title)}</Link>
            </p>
          ) : (
            <p>{t('pattern')}</p>
          )}
        </Notice>
        <ul className={styles.cards}>
          {EXPERIMENTS.map((experiment) => (
            <Card
              key={experiment.id}
              experiment={experiment}
              disabled={isDirect && experiment.needsKafka}
              running={running === experiment}
              finished={finished.includes(experiment.id)}
            />
          ))}
        </ul>
        <PutBack />
      </div>
    </Page>
  );
}

interface CardProps {
  readonly experiment: Experiment;
  readonly disabled: boolean;
  readonly running: boolean;
  readonly finished: boolean;
}

function Card({ experiment: { id, title, teaser }, disabled, running, finished }: CardProps) {
  const { t } = useExperimentsText();
  const text = useText();
  return (
    <li className={styles.card} data-disabled={disabled}>
      <h2>{disabled ? text(title) : <Link to={`/break/${id}`}>{text(title)}</Link>}</h2>
      <p>{text(teaser)}</p>
      {disabled ? <p className={styles.note}>{t('needsKafka')}</p> : null}
      {running ? <p className={styles.note}>{t('running')}</p> : null}
      {finished && !running ? <p className={styles.done}>✓ {t('finished')}</p> : null}
      {!finished && !running && FIRST.includes(id) && !disabled ? (
        <p className={styles.note}>{t('startHere')}</p>
      ) : null}
    </li>
  );
}
