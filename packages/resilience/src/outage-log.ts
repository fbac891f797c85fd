/** Logs the start and the end of an outage, each once, however often the state is reported. */
export interface OutageLog {
  /** `reason` is null while the dependency works. `details` are added to the log line. */
  report(reason: string | null, details?: object): void;
}

export interface OutageLogOptions {
  readonly onDown: (details: { readonly reason: string }) => void;
  readonly onUp: (details: { readonly downForSeconds: number }) => void;
  /** Shorter outages, such as during a start or a rebalance, are not logged. */
  readonly graceMs?: number;
}

export function createOutageLog({ onDown, onUp, graceMs = 0 }: OutageLogOptions): OutageLog {
  let outage: { readonly since: number; logged: boolean } | null = null;
  return {
    report(reason, details) {
      const now = performance.now();
      if (reason === null) {
        if (outage?.logged) onUp({ ...details, downForSeconds: Math.round((now - outage.since) / 100) / 10 });
        outage = null;
        return;
      }
      outage ??= { since: now, logged: false };
      if (outage.logged || now - outage.since < graceMs) return;
      outage.logged = true;
      onDown({ ...details, reason });
    },
  };
}
