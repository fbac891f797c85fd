import type { ControlledProcess } from '../api/views.ts';
import type { ControlCall } from './experiment.ts';

const DATASTORES: readonly string[] = ['postgres', 'kafka'];

/** The calls that bring back every process that is down or paused, the datastores first. */
export function toRestore(processes: readonly ControlledProcess[]): readonly ControlCall[] {
  const rank = ({ name }: ControlledProcess) => (DATASTORES.includes(name) ? 0 : 1);
  return processes
    .toSorted((a, b) => rank(a) - rank(b))
    .flatMap(({ name, phase }): ControlCall[] => {
      if (phase === 'down') return [{ command: 'start', body: { name } }];
      return phase === 'paused' ? [{ command: 'resume', body: { name } }] : [];
    });
}
