import { describe } from 'vitest';
import { cancelsDuringInventoryOutage, cancelsOrders } from './scenarios/cancelling.js';
import { requeuesDeadLetters } from './scenarios/dead-letters.js';
import { expiresOrders } from './scenarios/expiring.js';
import {
  survivesInventoryFailingAfterCommit,
  survivesInventoryKilledBeforeCommit,
} from './scenarios/failing-inventory.js';
import { stopsGracefully } from './scenarios/graceful-stops.js';
import { keepsItsLogsClean, rejectsHostileRequests } from './scenarios/hostile-requests.js';
import { survivesInventoryOutage } from './scenarios/inventory-outage.js';
import { survivesKilledInventory } from './scenarios/killed-processes.js';
import { survivesRefusedCallbacks } from './scenarios/lost-callbacks.js';
import { confirmsAndRejectsOrders } from './scenarios/placing.js';
import {
  reportsClockSkew,
  restartsAfterClockSteps,
  schedulesByDatabaseClock,
} from './scenarios/wrong-clocks.js';
import { useSystem } from './system.fixture.js';

// The table in CONTRIBUTING.md states which scenario runs on which transport.
describe('the system on the direct transport', () => {
  const system = useSystem('direct');
  describe('orders', () => confirmsAndRejectsOrders(system));
  describe('cancellation', () => {
    cancelsOrders(system);
    cancelsDuringInventoryOutage(system);
    expiresOrders(system);
  });
  describe('hostile requests', () => rejectsHostileRequests(system));
  describe('logs', () => keepsItsLogsClean(system));
  describe('dead letters', () => requeuesDeadLetters(system));
  describe('a dead inventory', () => survivesInventoryOutage(system));
  describe('lost callbacks', () => survivesRefusedCallbacks(system));
  describe('killed processes', () => survivesKilledInventory(system));
  describe('graceful stops', () => stopsGracefully(system, ['relay', 'inventory']));
  describe('a failing inventory', () => {
    survivesInventoryFailingAfterCommit(system);
    survivesInventoryKilledBeforeCommit(system);
  });
  describe('wrong clocks', () => {
    schedulesByDatabaseClock(system, [{ inventory: 290, relay: 145 }]);
    reportsClockSkew(system);
    restartsAfterClockSteps(system, [90]);
  });
});
