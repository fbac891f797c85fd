import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';

/** Formats a duration: `12 ms`, `3.4 s`, `2 min 5 s`, `3 h 2 min`. */
export function formatMs(ms: number): string {
  const abs = Math.abs(ms);
  if (abs < 10) return `${Number(ms.toFixed(1))} ms`;
  if (abs < 1_000) return `${Math.round(ms)} ms`;
  if (abs < 60_000) return `${Number((ms / 1_000).toFixed(1))} s`;
  const minutes = Math.floor(abs / 60_000);
  if (minutes < 60) return `${minutes} min ${Math.floor((abs % 60_000) / 1_000)} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** The current time, renewed every `everyMs`. For countdowns and ages. */
export function useNow(everyMs = 1_000): Date {
  const [now, setNow] = useState(() => new Date());
  useEffect(() => {
    const timer = setInterval(() => setNow(new Date()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}

interface TimeProps {
  readonly at: string;
  /** Adds the date. Default: only the time of day. */
  readonly date?: boolean;
}

const time = {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  fractionalSecondDigits: 3,
  hourCycle: 'h23',
} as const;
const day = { year: 'numeric', month: '2-digit', day: '2-digit' } as const;

// A format takes longer to create than to use, and a table has hundreds of times.
const formats = new Map<string, Intl.DateTimeFormat>();

function format(kind: 'time' | 'date' | 'full', language: string, at: Date): string {
  const name = `${kind} ${language}`;
  let found = formats.get(name);
  if (found === undefined) {
    const options = {
      time,
      date: { ...day, ...time },
      full: { ...day, ...time, timeZoneName: 'long' },
    } as const;
    found = new Intl.DateTimeFormat(language, options[kind]);
    formats.set(name, found);
  }
  return found.format(at);
}

/** A time in the user's zone. Its title has date, milliseconds and zone. The page's footer names the zone. */
export function Time({ at, date = false }: TimeProps) {
  const { i18n } = useTranslation();
  const when = new Date(at);
  return (
    <time dateTime={at} title={format('full', i18n.language, when)}>
      {format(date ? 'date' : 'time', i18n.language, when)}
    </time>
  );
}
