import type { Logger } from './logger.js';

/** Says once that something is away and once that it is back, however often it is told. */
export interface OutageLog {
  note(reason: string | null, details?: object): void;
}

/** What is over within `graceMs`, such as a start or a rebalance, is not worth a line. */
export function createOutageLog(
  logger: Logger,
  lines: { readonly away: string; readonly back: string },
  graceMs = 0,
  now = () => performance.now(),
): OutageLog {
  let since: number | null = null;
  let said = false;
  return {
    note(reason, details = {}) {
      if (reason === null) {
        if (said) logger.info(details, lines.back);
        since = null;
        said = false;
        return;
      }
      since ??= now();
      if (said || now() - since < graceMs) return;
      said = true;
      logger.warn({ ...details, reason }, lines.away);
    },
  };
}
