import { describe } from 'vitest';
import { withoutKafka } from './system.fixture.js';
import { testWholeSystem } from './whole-system.fixture.js';

describe.skipIf(withoutKafka !== null)('the system on kafka from its first order on', () =>
  testWholeSystem('kafka'),
);
