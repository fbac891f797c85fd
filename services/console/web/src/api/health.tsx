import { createContext, type ReactNode, useContext, useEffect, useMemo, useRef, useState } from 'react';
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

const STORED = 'series';

/** The counters that this tab had read before a reload. The next sample removes old ones. */
function readSeries(): Series {
  const stored = sessionStorage.getItem(STORED);
  return stored === null ? EMPTY_SERIES : (JSON.parse(stored) as Series);
}

/** Polls the services' health for all pages, and keeps their counters while the user changes the page. */
export function HealthProvider({ children }: { readonly children: ReactNode }) {
  const { data: health, error } = useHealthQuery();
  const [series, setSeries] = useState(readSeries);
  const latest = useRef(series);
  latest.current = series;
  useEffect(() => {
    const store = () => sessionStorage.setItem(STORED, JSON.stringify(latest.current));
    window.addEventListener('pagehide', store);
    return () => window.removeEventListener('pagehide', store);
  }, []);
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
