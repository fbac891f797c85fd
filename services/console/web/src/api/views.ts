/** Answers of the console's own routes. All others are types of @lmt/contracts. */
export type {
  Control,
  ControlledProcess,
  Health,
  InstanceHealth,
  ServiceName,
  Session,
  Verification,
} from '../../../src/views.ts';
