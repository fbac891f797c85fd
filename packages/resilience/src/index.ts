export { type Backoff, backoffMs } from './backoff.js';
export {
  type BatchQueue,
  type BatchQueueOptions,
  createBatchQueue,
  type Outcome,
  OverloadedError,
} from './batch-queue.js';
export { bisect, type Refusal } from './bisect.js';
export { type FailPointHandler, failPoint, handleFailPoints } from './fail-point.js';
export { createOutageLog, type OutageLog, type OutageLogOptions } from './outage-log.js';
export { type ConflictRetryOptions, retryOnConflict } from './retry-on-conflict.js';
export { createStallDetector, type StallDetector, type StallDetectorOptions } from './stall-detector.js';
export { throttleLog } from './throttle-log.js';
export { TimeoutError, withTimeout } from './with-timeout.js';
