import { describe } from 'vitest';
import { testWholeSystem } from './whole-system.fixture.js';

describe('the system on direct from its first order on', () => testWholeSystem('direct'));
