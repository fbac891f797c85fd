import { findExperiment } from './catalog.ts';
import type { Experiment } from './experiment.ts';
import { hasEnded } from './progress.ts';
import { useProgress } from './progress-store.ts';

/** The experiment of this tab that has begun and not ended. */
export function useRunning(): Experiment | null {
  const progress = useProgress();
  const experiment = findExperiment(progress?.experiment);
  return progress === null || experiment === undefined || hasEnded(progress) ? null : experiment;
}
