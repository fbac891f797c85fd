import { describe } from 'vitest';
import { showsEveryPage } from './console/every-page.js';
import { browserUnavailable, useConsole } from './console/open-console.js';
import { guardsTheConsole } from './console/signing-in.js';
import { kafkaUnavailable } from './system.fixture.js';

describe.skipIf(browserUnavailable || kafkaUnavailable !== null)('the console in a browser', () => {
  const console = useConsole();
  describe('signing in', () => guardsTheConsole(console));
  describe('every page', () => showsEveryPage(console));
});
