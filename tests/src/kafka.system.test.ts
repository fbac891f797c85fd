import { describe } from 'vitest';
import { rejectsBadInput } from './scenarios/bad-input.js';
import { cancelsBeforePlacement, cancelsOrders } from './scenarios/cancelling.js';
import { decidesOnDeadLetters, requeuesDeadLetters } from './scenarios/dead-letters.js';
import { survivesFailingRelay } from './scenarios/failing-relay.js';
import { stopsGracefully } from './scenarios/graceful-stops.js';
import { reportsHealth } from './scenarios/health.js';
import { deduplicatesRequests } from './scenarios/idempotency.js';
import { survivesInventoryOutage } from './scenarios/inventory-outage.js';
import { survivesKilledInventory, survivesKills } from './scenarios/killed-processes.js';
import { survivesLateCallbacks, survivesRefusedCallbacks } from './scenarios/lost-callbacks.js';
import { confirmsAndRejectsOrders, neverOversells } from './scenarios/placing.js';
import { publishesDescribedRecords } from './scenarios/published-records.js';
import { rejectsStaleRelays } from './scenarios/stale-relay.js';
import { tracesOrders } from './scenarios/tracing.js';
import { kafkaUnavailable, useSystem } from './system.fixture.js';

/**
 * One stack runs all scenarios of a file, one after the other. Each begins with every process ready
 * and ends with a check of every invariant on all orders placed so far. The table in
 * CONTRIBUTING.md states which scenario runs on which transport.
 */
describe.skipIf(kafkaUnavailable !== null)('the system on Kafka', () => {
  const system = useSystem('kafka', { tracing: true });
  describe('orders', () => confirmsAndRejectsOrders(system));
  describe('stock', () => neverOversells(system));
  describe('cancellation', () => {
    cancelsOrders(system);
    cancelsBeforePlacement(system);
  });
  describe('records', () => publishesDescribedRecords(system));
  describe('idempotency keys', () => deduplicatesRequests(system));
  describe('bad input', () => rejectsBadInput(system));
  describe('health', () => reportsHealth(system));
  describe('dead letters', () => {
    requeuesDeadLetters(system);
    decidesOnDeadLetters(system);
  });
  describe('a dead inventory', () => survivesInventoryOutage(system));
  describe('lost callbacks', () => {
    survivesRefusedCallbacks(system);
    survivesLateCallbacks(system);
  });
  describe('killed processes', () => {
    survivesKills(system);
    survivesKilledInventory(system);
  });
  describe('graceful stops', () => stopsGracefully(system, ['order', 'relay', 'inventory']));
  describe('a stale relay', () => rejectsStaleRelays(system));
  describe('a failing relay', () => survivesFailingRelay(system));
  describe('traces', () => tracesOrders(system));
});
