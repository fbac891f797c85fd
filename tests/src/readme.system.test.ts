import { describe } from 'vitest';
import { kafkaUnavailable } from './system.fixture.js';
import { openDemo } from './walk/open-demo.js';
import { testDocuments } from './walk/run-walk.js';

describe.skipIf(kafkaUnavailable !== null)('the demo prints the documented output', () =>
  testDocuments('demo', openDemo),
);
