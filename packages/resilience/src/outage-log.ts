/** Logs the start and the end of an outage, each once, however often the state is reported. */
export interface OutageLog {
  /** `reason` is null while the dependency works. `details` are logged with the line. */
  report(reason: string | null, details?: object): void;
}

export interface OutageLogOptions {
  readonly onDown: (details: { readonly reason: string }) => void;
  readonly onUp: (details: { readonly downForSeconds: number }) => void;
  /** An outage shorter than this, such as a start or a rebalance, is not logged. */
  readonly graceMs?: number;
  readonly monotonicNow?: () => number;
}

export function createOutageLog(options: OutageLogOptions): OutageLog {
  const { onDown, onUp, graceMs = 0, monotonicNow = () => performance.now() } = options;
  let since: number | null = null;
  let logged = false;
  return {
    report(reason, details = {}) {
      if (reason === null) {
        if (logged && since !== null)
          onUp({ ...details, downForSeconds: Math.round((monotonicNow() - since) / 100) / 10 });
        since = null;
        logged = false;
        return;
      }
      since ??= monotonicNow();
      if (logged || monotonicNow() - since < graceMs) return;
      logged = true;
      onDown({ ...details, reason });
    },
  };
}
