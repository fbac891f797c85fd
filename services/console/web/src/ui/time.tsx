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

interface TimeProps {
  readonly at: string;
  /** Adds the date. Default: only the time of day. */
  readonly date?: boolean;
}

/** A time in the user's zone. Its title has date, milliseconds and zone. */
export function Time({ at, date = false }: TimeProps) {
  const { i18n } = useTranslation();
  const when = new Date(at);
  const time = {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    fractionalSecondDigits: 3,
    hour12: false,
  } as const;
  const day = { year: 'numeric', month: '2-digit', day: '2-digit' } as const;
  const short = new Intl.DateTimeFormat(i18n.language, date ? { ...day, ...time } : time).format(when);
  const full = new Intl.DateTimeFormat(i18n.language, { ...day, ...time, timeZoneName: 'long' }).format(when);
  return (
    <time dateTime={at} title={full}>
      {short}
    </time>
  );
}
