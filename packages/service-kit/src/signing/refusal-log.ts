import type { Logger } from 'pino';
import { sparingly } from '../logging/sparingly.js';

/** Says why signatures are refused, sparingly, since anyone who reaches the port can cause such a line. */
export function logRefusals(logger: Logger, monotonicNow?: () => number): (reason: string) => void {
  return sparingly(
    (reason, requests) => logger.warn({ reason, requests }, 'a signed request was refused'),
    monotonicNow,
  );
}
