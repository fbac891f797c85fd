import { describe } from 'vitest';
import { survivesBrokenConnections } from './scenarios/broken-connections.js';
import {
  retriesInventoryTransactions,
  survivesInventoryFailingAfterCommit,
} from './scenarios/failing-inventory.js';
import { survivesFailingOrder } from './scenarios/failing-order.js';
import { survivesForeignRecords } from './scenarios/foreign-records.js';
import { keepsItsLogsClean } from './scenarios/hostile-requests.js';
import { survivesKafkaOutage } from './scenarios/kafka-outage.js';
import { survivesPostgresOutage } from './scenarios/postgres-outage.js';
import { reportsStalls } from './scenarios/stalls.js';
import {
  reportsClockSkew,
  restartsAfterClockSteps,
  schedulesByDatabaseClock,
} from './scenarios/wrong-clocks.js';
import { kafkaUnavailable, useSystem } from './system.fixture.js';

// The table in CONTRIBUTING.md states which scenario runs on which transport.
describe.skipIf(kafkaUnavailable !== null)('the system on Kafka', () => {
  const system = useSystem('kafka');
  describe('foreign records', () => survivesForeignRecords(system));
  describe('logs', () => keepsItsLogsClean(system));
  describe('a failing inventory', () => {
    survivesInventoryFailingAfterCommit(system);
    retriesInventoryTransactions(system);
  });
  describe('a failing order service', () => survivesFailingOrder(system));
  describe('a dead database', () => survivesPostgresOutage(system));
  describe('wrong clocks', () => {
    schedulesByDatabaseClock(system, [
      { order: 290, relay: 290 },
      { order: -290, relay: -290 },
    ]);
    reportsClockSkew(system);
    // After a step back, kafkajs sends no heartbeats until the clock has caught up.
    restartsAfterClockSteps(system, [-60]);
  });
  describe('a stall', () => reportsStalls(system));
  describe('a broken network', () => survivesBrokenConnections(system));
  describe('a dead broker', () => survivesKafkaOutage(system));
});
