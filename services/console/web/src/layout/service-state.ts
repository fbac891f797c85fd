import type { ControlledProcess, Health } from '../api/views.ts';

export interface ServiceState {
  readonly name: string;
  /** `degraded`: some instances are ready. `unknown`: the console does not answer. */
  readonly phase: 'up' | 'degraded' | 'not-ready' | 'starting' | 'down' | 'paused' | 'unknown';
  /** Why an instance is not ready: `check: reason`, each once. */
  readonly reasons: readonly string[];
  readonly instances: number;
}

/**
 * Combines the checks of a service's instances with the demo's view of its process. A paused process
 * does not answer, so only the demo can tell it from a dead one.
 */
export function toServiceState(
  name: string,
  health: Health | undefined,
  processes: readonly ControlledProcess[],
): ServiceState {
  const instances = health?.services.find((service) => service.name === name)?.instances ?? [];
  const problems = instances.flatMap((instance) => instance.problems);
  const reasons = [...new Set(problems.map(({ check, reason }) => `${check}: ${reason}`))];
  const of = (phase: ServiceState['phase']): ServiceState => ({
    name,
    phase,
    reasons,
    instances: instances.length,
  });
  const process = processes.find((candidate) => candidate.name === name);
  if (process?.phase === 'down' || process?.phase === 'paused') return of(process.phase);
  if (health === undefined) return of('unknown');
  const ready = instances.filter((instance) => instance.ready).length;
  if (ready === instances.length && ready > 0) return of('up');
  if (process?.phase === 'starting') return of('starting');
  if (ready > 0) return of('degraded');
  return of(instances.length === 0 ? 'down' : 'not-ready');
}
