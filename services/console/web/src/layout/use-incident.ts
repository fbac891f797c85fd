import type { MessageStatsView } from '@lmt/contracts';
import { useEffect, useRef, useState } from 'react';
import { useProcesses } from '../api/control.ts';
import { useHealth } from '../api/health.tsx';
import { useLiveQuery } from '../api/live.tsx';
import { serverNow } from '../api/server-clock.ts';
import { findIncident, type Incident } from './incident.ts';
import { useShellText } from './text.ts';

export interface SeenIncident extends Incident {
  readonly since: string;
  /** It was there when the page was opened, so it may have begun earlier. */
  readonly isOlder: boolean;
}

/** The present incident, and since when this page has seen it. */
export function useIncident(): SeenIncident | null {
  const { health } = useHealth();
  const incident = findIncident(health, useProcesses());
  const cause = incident?.cause ?? null;
  const isKnown = health !== undefined;
  const wasWell = useRef(false);
  const [seen, setSeen] = useState<Pick<SeenIncident, 'cause' | 'since' | 'isOlder'> | null>(null);
  useEffect(() => {
    if (!isKnown) return;
    if (cause === null) {
      wasWell.current = true;
      setSeen(null);
    } else {
      const since = new Date(serverNow()).toISOString();
      setSeen((before) => (before?.cause === cause ? before : { cause, since, isOlder: !wasWell.current }));
    }
  }, [cause, isKnown]);
  return incident === null || seen?.cause !== incident.cause ? null : { ...incident, ...seen };
}

/** The counts of the message table, as all pages read them. */
export const useStats = () => useLiveQuery<MessageStatsView>('/messages/stats', { everyMs: 2_000 });

/** The start of the document's title: the cause of an incident, or the number of dead letters. */
export function useBadge(incident: Incident | null): string {
  const { t } = useShellText();
  const dead = useStats().data?.counts.DEAD ?? 0;
  if (incident !== null) return `⚠ ${t(`names.${incident.cause}`)} ${t(`phases.${incident.phase}`)} · `;
  return dead > 0 ? `● ${t('dead', { count: dead })} · ` : '';
}
