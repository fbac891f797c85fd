import type { ControlledProcess, InstanceHealth } from '../api/views.ts';
import { brokerIsUp } from './conditions.ts';
import type { Sight } from './experiment.ts';

export interface ServiceState {
  readonly name: string;
  readonly tone: 'good' | 'waiting' | 'bad';
  /** Key of this folder's texts. */
  readonly key: string;
  readonly problems: InstanceHealth['problems'];
}

const STARTING_KAFKA = 'kafka.starting';

/**
 * The state of each service, and of the datastores. The demo knows at once whether it has stopped a
 * process; the services report it only after they have noticed.
 */
export function toServiceStates(sight: Sight): readonly ServiceState[] {
  const find = (name: string) => sight.processes.find((process) => process.name === name);
  const states = (sight.health?.services ?? []).map(({ name, instances }): ServiceState => {
    const problems = instances.flatMap((instance) => instance.problems);
    const stopped = toStopped(name, find(name));
    if (stopped !== null) return stopped;
    if (instances.some(({ ready }) => ready)) return { name, tone: 'good', key: 'ready', problems: [] };
    return { name, tone: 'bad', key: 'notReady', problems };
  });
  const postgres = toStopped('Postgres', find('postgres'));
  return [
    ...states,
    ...(sight.broker === 'kafka' ? toKafka(find('kafka'), brokerIsUp(sight)) : []),
    ...(postgres === null ? [] : [postgres]),
  ];
}

function toStopped(name: string, process: ControlledProcess | undefined): ServiceState | null {
  if (process === undefined || process.phase === 'up') return null;
  const tone = process.phase === 'starting' ? 'waiting' : 'bad';
  return { name, tone, key: `phases.${process.phase}`, problems: [] };
}

function toKafka(process: ControlledProcess | undefined, isReached: boolean | null): ServiceState[] {
  const state = (tone: ServiceState['tone'], key: string): ServiceState[] => [
    { name: 'Kafka', tone, key, problems: [] },
  ];
  if (process?.phase === 'starting') return state('waiting', STARTING_KAFKA);
  if (process !== undefined && process.phase !== 'up')
    return state('bad', isReached === true ? 'kafka.unnoticed' : `phases.${process.phase}`);
  if (isReached === null) return process === undefined ? [] : state('good', 'ready');
  if (isReached) return state('good', 'kafka.reached');
  return process === undefined ? state('bad', 'kafka.unreached') : state('waiting', 'kafka.notYet');
}

/** The part of the system without which no message can be published. Null if none is missing. */
export function findBlocker(sight: Sight): 'Kafka' | 'relay' | null {
  const isMissing =
    (blocker: string) =>
    ({ name, key, tone }: ServiceState) =>
      name === blocker && tone !== 'good' && key !== 'notReady';
  const states = toServiceStates(sight);
  if (states.some(isMissing('relay'))) return 'relay';
  return states.some(isMissing('Kafka')) ? 'Kafka' : null;
}
