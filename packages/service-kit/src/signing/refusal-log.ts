import type { Logger } from 'pino';

const QUIET_MS = 10_000;

/**
 * Says why signatures are refused: at most a line in 10 s, with how many it stands for, since anyone who
 * reaches the port can cause one.
 */
export function logRefusals(logger: Logger, now = () => performance.now()): (reason: string) => void {
  let quietUntil = Number.NEGATIVE_INFINITY;
  let unsaid = 0;
  return (reason) => {
    unsaid += 1;
    if (now() < quietUntil) return;
    quietUntil = now() + QUIET_MS;
    logger.warn({ reason, requests: unsaid }, 'a signed request was refused');
    unsaid = 0;
  };
}
