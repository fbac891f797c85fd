import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from 'react';
import { useLiveQuery } from './live.tsx';
import { appendSample, EMPTY_SERIES, type Series } from './rates.ts';
import type { Health } from './views.ts';

interface HealthContent {
  /** Undefined before the first answer and while the console does not answer. */
  readonly health: Health | undefined;
  /** Why the last request failed, or null. */
  readonly error: Error | null;
  /** The counters of the last two minutes. */
  readonly series: Series;
}

const HealthContext = createContext<HealthContent>({ health: undefined, error: null, series: EMPTY_SERIES });

/** The services' health with the time of its last answer. */
export const useHealthQuery = () => useLiveQuery<Health>('/health', { everyMs: 2_000, timeoutMs: 5_000 });

/** Polls the services' health for all pages, and keeps their counters while the user changes the page. */
export function HealthProvider({ children }: { readonly children: ReactNode }) {
  const { data: health, error } = useHealthQuery();
  const [series, setSeries] = useState(EMPTY_SERIES);
  useEffect(() => {
    if (health !== undefined) setSeries((before) => appendSample(before, health));
  }, [health]);
  const value = useMemo(
    () => ({ health: error === null ? health : undefined, error, series }),
    [health, error, series],
  );
  return <HealthContext value={value}>{children}</HealthContext>;
}

/** The services' health and the rates of their counters. */
export const useHealth = () => useContext(HealthContext);
