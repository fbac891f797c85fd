import { expect, it } from 'vitest';
import { RELAY_SESSION_SETTINGS } from './claim-batch.js';

// The Postgres of the integration tests has no JIT, so no test there shows the difference.
it('switches off JIT together with sequential scans', () => {
  expect(RELAY_SESSION_SETTINGS).toMatchObject({ enable_seqscan: 'off', jit: 'off' });
});
