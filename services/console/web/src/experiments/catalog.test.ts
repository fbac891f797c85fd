import { describe, expect, it } from 'vitest';
import { EXPERIMENTS } from './catalog.ts';

const STOPS: readonly string[] = ['kill', 'pause', 'wipe-kafka'];

/** The process that a control step stops (-) or brings back (+). */
const toEffects = (id: string) => {
  if (id === 'wipe-kafka') return ['-kafka'];
  const [command = '', name] = id.split('-');
  if (STOPS.includes(command)) return [`-${name}`];
  return command === 'start' || command === 'resume' ? [`+${name}`] : [];
};

describe.each(EXPERIMENTS.map((experiment) => [experiment.id, experiment] as const))(
  '%s',
  (_, experiment) => {
    it('leaves no process stopped', () => {
      const down = new Set<string>();
      for (const { id, kind } of experiment.steps)
        for (const effect of kind === 'control' ? toEffects(id) : [])
          if (effect.startsWith('-')) down.add(effect.slice(1));
          else down.delete(effect.slice(1));
      expect([...down]).toEqual([]);
    });

    it('has steps with different ids, and checks the outcome before it verifies', () => {
      const ids = experiment.steps.map(({ id }) => id);
      expect(new Set(ids).size).toBe(ids.length);
      expect(ids.slice(-2)).toEqual(['check', 'verify']);
    });

    it('needs Kafka if it stops Kafka or writes to its topic', () => {
      const usesKafka = experiment.steps.some(
        (step) =>
          step.kind === 'control' &&
          (step.id.includes('kafka') || step.id in { copy: 1, poison: 1, broken: 1 }),
      );
      expect(experiment.needsKafka).toBe(usesKafka);
    });
  },
);

it('has different ids, which are the addresses of the pages', () => {
  expect(new Set(EXPERIMENTS.map(({ id }) => id)).size).toBe(EXPERIMENTS.length);
});
