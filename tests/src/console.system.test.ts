import { describe } from 'vitest';
import { breaksTheSystem } from './console/breaking.js';
import { reportsDisconnects } from './console/disconnecting.js';
import { showsEveryPage } from './console/every-page.js';
import { navigates } from './console/navigating.js';
import { browserUnavailable, useConsole } from './console/open-console.js';
import { operatesOnDeadLetters } from './console/operating.js';
import { placesOrders } from './console/placing.js';
import { guardsTheConsole } from './console/signing-in.js';
import { kafkaUnavailable } from './system.fixture.js';

describe.skipIf(browserUnavailable || kafkaUnavailable !== null)('the console in a browser', () => {
  const console = useConsole();
  describe('signing in', () => guardsTheConsole(console));
  describe('orders', () => placesOrders(console));
  describe('operators', () => operatesOnDeadLetters(console));
  describe('navigation', () => navigates(console));
  describe('every page', () => showsEveryPage(console));
  describe('disconnects', () => reportsDisconnects(console));
  describe('experiments', () => breaksTheSystem(console));
});
