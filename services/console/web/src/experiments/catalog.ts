import { cancelInFlight } from './cancel-in-flight.ts';
import type { Experiment } from './experiment.ts';
import { copyMessage, poison, requeueDeadLetter } from './foreign-records.ts';
import { stopKafka, wipedKafka } from './kafka-outages.ts';
import { killInventory, pauseInventory } from './kill-inventory.ts';
import { killRelay, orderTooMuch, sendTwice, stopPostgres } from './order-side.ts';

/** In the order in which a newcomer should try them. */
export const EXPERIMENTS: readonly Experiment[] = [
  killInventory,
  stopKafka,
  wipedKafka,
  killRelay,
  pauseInventory,
  stopPostgres,
  sendTwice,
  copyMessage,
  orderTooMuch,
  cancelInFlight,
  poison,
  requeueDeadLetter,
];

export function findExperiment(id: string | undefined): Experiment | undefined {
  return EXPERIMENTS.find((experiment) => experiment.id === id);
}
