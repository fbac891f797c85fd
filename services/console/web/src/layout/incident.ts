import type { ControlledProcess, Health } from '../api/views.ts';
import { type ServiceState, toServiceState } from './service-state.ts';

/** A process follows those that it needs, because their failure causes its failure. */
const CAUSES = ['postgres', 'kafka', 'order', 'relay', 'inventory'] as const;
export type Cause = (typeof CAUSES)[number];

export const isCause = (name: string): name is Cause => CAUSES.some((cause) => cause === name);

export interface Incident {
  readonly cause: Cause;
  readonly phase: ServiceState['phase'];
}

/** Whether the services that use this datastore report that it does not answer. */
function isMissed(datastore: 'postgres' | 'kafka', { services }: Health): boolean {
  const instances = services.flatMap((service) => service.instances);
  if (datastore === 'postgres')
    return instances.some(({ problems }) => problems.some(({ check }) => check === 'database'));
  const answers = instances.flatMap(({ counters }) => counters.brokerUp ?? []);
  return answers.length > 0 && answers.every((up) => up === 0);
}

/** The phase of a datastore: of its process if the demo controls it, else as the services see it. */
function toPhase(
  datastore: 'postgres' | 'kafka',
  health: Health,
  processes: readonly ControlledProcess[],
): ServiceState['phase'] {
  const process = processes.find(({ name }) => name === datastore);
  if (process !== undefined && process.phase !== 'up') return process.phase;
  return isMissed(datastore, health) ? 'not-ready' : 'up';
}

/** The cause of an incident, or null if every process works or the console does not answer. */
export function findIncident(
  health: Health | undefined,
  processes: readonly ControlledProcess[],
): Incident | null {
  if (health === undefined) return null;
  for (const cause of CAUSES) {
    const phase =
      cause === 'postgres' || cause === 'kafka'
        ? toPhase(cause, health, processes)
        : toServiceState(cause, health, processes).phase;
    if (phase !== 'up' && phase !== 'unknown') return { cause, phase };
  }
  return null;
}
