import { createContext, type ReactNode, useContext, useEffect, useState } from 'react';
import { useLiveQuery } from './live.tsx';
import { appendSample, EMPTY_SERIES, type Series } from './rates.ts';
import type { Health } from './views.ts';

interface HealthContent {
  /** The last answer, or undefined before the first one. */
  readonly health: Health | undefined;
  /** Why the last request failed, or null. */
  readonly error: Error | null;
  /** The counters of the last two minutes. */
  readonly series: Series;
}

const HealthContext = createContext<HealthContent>({ health: undefined, error: null, series: EMPTY_SERIES });

/** Polls the services' health for all pages, and keeps their counters while the user changes the page. */
export function HealthProvider({ children }: { readonly children: ReactNode }) {
  const { data: health, error } = useLiveQuery<Health>('/health', { everyMs: 2_000 });
  const [series, setSeries] = useState(EMPTY_SERIES);
  useEffect(() => {
    if (health !== undefined) setSeries((before) => appendSample(before, health));
  }, [health]);
  return <HealthContext value={{ health, error, series }}>{children}</HealthContext>;
}

/** The services' health and the rates of their counters. */
export const useHealth = () => useContext(HealthContext);
