import { describe } from 'vitest';
import { refusesBadInput } from './scenarios/bad-input.js';
import { survivesBrokenLinks } from './scenarios/broken-links.js';
import { cancelsOrders } from './scenarios/cancelling.js';
import { letsOperatorsDecide } from './scenarios/dead-letters.js';
import { survivesAFailingInventory } from './scenarios/failing-inventory.js';
import { survivesAFailingOrder } from './scenarios/failing-order.js';
import { survivesAFailingRelay } from './scenarios/failing-relay.js';
import { takesForeignRecords } from './scenarios/foreign-records.js';
import { stopsGracefully } from './scenarios/graceful-stops.js';
import { withstandsPeers } from './scenarios/hostile-peers.js';
import { keepsIdempotencyKeys } from './scenarios/idempotency.js';
import { waitsForTheInventory } from './scenarios/inventory-outage.js';
import { survivesKafkaOutages } from './scenarios/kafka-outage.js';
import { survivesKills } from './scenarios/killed-processes.js';
import { survivesLostCallbacks } from './scenarios/lost-callbacks.js';
import { answersOperators } from './scenarios/operations.js';
import { fencesPausedRelays } from './scenarios/paused-relay.js';
import { placesOrders } from './scenarios/placing.js';
import { survivesPostgresOutages } from './scenarios/postgres-outage.js';
import { showsStandstills } from './scenarios/standstills.js';
import { keepsToTheDatabaseClock } from './scenarios/wrong-clocks.js';
import { type BrokerKind, useSystem } from './system.fixture.js';

/**
 * One running system for all scenarios one after the other: each begins with everything up and ends with
 * every invariant checked on all that was ever placed.
 */
export function testWholeSystem(kind: BrokerKind): void {
  const system = useSystem(kind);
  describe('orders', () => placesOrders(system));
  describe('cancelling', () => cancelsOrders(system));
  describe('idempotency keys', () => keepsIdempotencyKeys(system));
  describe('bad input', () => refusesBadInput(system));
  describe('hostile peers', () => withstandsPeers(system));
  describe('operators', () => answersOperators(system));
  describe('dead letters', () => letsOperatorsDecide(system));
  describe('a dead inventory', () => waitsForTheInventory(system));
  describe('lost callbacks', () => survivesLostCallbacks(system));
  describe('killed processes', () => survivesKills(system));
  describe('orderly stops', () => stopsGracefully(system));
  describe('a relay that stands still', () => fencesPausedRelays(system));
  describe('a relay that fails', () => survivesAFailingRelay(system));
  describe('an inventory that fails', () => survivesAFailingInventory(system));
  describe('a dead database', () => survivesPostgresOutages(system));
  describe('wrong clocks', () => keepsToTheDatabaseClock(system));
  if (kind === 'kafka') {
    describe('an order service that fails', () => survivesAFailingOrder(system));
    describe('a standstill', () => showsStandstills(system));
    describe('a network that fails', () => survivesBrokenLinks(system));
    describe('a dead broker', () => survivesKafkaOutages(system));
    describe('records from elsewhere', () => takesForeignRecords(system));
  }
}
