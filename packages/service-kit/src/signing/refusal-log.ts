import { throttleLog } from '@lmt/resilience';
import type { Logger } from 'pino';

/** Says why signatures are refused, throttleLog, since anyone who reaches the port can cause such a line. */
export function logRefusals(logger: Logger, monotonicNow?: () => number): (reason: string) => void {
  return throttleLog(
    (reason, requests) => logger.warn({ reason, requests }, 'a signed request was refused'),
    monotonicNow,
  );
}
