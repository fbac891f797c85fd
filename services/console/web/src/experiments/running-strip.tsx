import { Link, useLocation } from 'wouter';
import { Button } from '../ui/button.tsx';
import { hasEnded } from './progress.ts';
import { updateProgress, useProgress } from './progress-store.ts';
import styles from './running-strip.module.css';
import { useText } from './use-text.ts';

// The strip is on every page, so it loads no other texts.
const RUNS = { en: 'Experiment in progress:', zh: '正在进行的实验：' };
const CONTINUE = { en: 'Continue', zh: '继续' };
const END = { en: 'End', zh: '结束' };

/** Leads back to the experiment that has begun and not ended, from every other page. */
export function RunningStrip() {
  const text = useText();
  const progress = useProgress();
  const [path] = useLocation();
  if (progress === null || hasEnded(progress) || path.startsWith('/break')) return null;
  return (
    <p className={styles.strip}>
      <span>
        {text(RUNS)} <strong>{text(progress.title)}</strong> ({progress.index + 1}/{progress.count})
      </span>
      <Link to={`/break/${progress.experiment}`}>{text(CONTINUE)}</Link>
      <Button small tone="quiet" onClick={() => updateProgress(() => null)}>
        {text(END)}
      </Button>
    </p>
  );
}
