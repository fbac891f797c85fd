// The steps of the relay, for measurements of their statements. Applications call startRelay.
export { type ClaimOptions, claimBatch } from './claim-batch.js';
export { createClaimScan } from './claim-scan.js';
export { markPublished } from './record-outcomes.js';
