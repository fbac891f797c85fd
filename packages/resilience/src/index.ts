export { type Backoff, backoffMs } from './backoff.js';
export { type BatchQueue, createBatchQueue, OverloadedError } from './batch-queue.js';
export { bisect, type Refusal } from './bisect.js';
export { type FailPointHandler, failPoint, handleFailPoints } from './fail-point.js';
export { createOutageLog, type OutageLog } from './outage-log.js';
export { retryOnConflict } from './retry-on-conflict.js';
export { createStallDetector, type StallDetector } from './stall-detector.js';
export { throttleLog } from './throttle-log.js';
export { TimeoutError, withTimeout } from './with-timeout.js';
