// Entry point `@lmt/contracts/timeline`. Imports no zod at run time, so that a browser can load it.
export { buildTimeline, type TimelineSource } from './timeline/build-timeline.js';
export type { TimelineClock, TimelineStep, WaitingStage } from './timeline/step.js';
export { traceId } from './timeline/trace-id.js';
