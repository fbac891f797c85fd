import { type AppliedResult, toDuration, toStages } from '@lmt/outbox';
import type { Metrics } from '@lmt/service-kit';

const BUCKETS = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600,
];

/**
 * Returns a function that observes how long completed messages took, in total and in each stage.
 * Call it after the commit.
 */
export function createSpeedObserver(metrics: Metrics): (applied: readonly AppliedResult[]) => void {
  const stages = metrics.histogram({
    name: 'outbox_stage_seconds',
    help: 'Seconds that completed messages were in each stage',
    labelNames: ['stage'],
    buckets: BUCKETS,
  });
  const completed = metrics.histogram({
    name: 'outbox_completed_seconds',
    help: 'Seconds from the commit of a message to its completion',
    buckets: BUCKETS,
  });
  return (applied) => {
    for (const { times } of applied) {
      if (times === null) continue;
      for (const { stage, ms } of toStages(times)) stages.observe({ stage }, ms / 1_000);
      completed.observe(toDuration(times.createdAt, times.completedAt) / 1_000);
    }
  };
}
