import type { ReactNode } from 'react';
import { useLive } from '../api/live.tsx';
import { ApiError } from '../api/request.ts';
import styles from './states.module.css';
import { useUiText } from './text.ts';
import { Time } from './time.tsx';

/** Shown until the first answer arrives. */
export function Loading() {
  const { t } = useUiText();
  return <output className={styles.state}>{t('loading')}</output>;
}

/** Replaces a list without entries. `children` explains the reason or the next step. */
export function Empty({ title, children }: { readonly title?: string; readonly children?: ReactNode }) {
  const { t } = useUiText();
  return (
    <div className={styles.state}>
      <strong>{title ?? t('empty')}</strong>
      {children}
    </div>
  );
}

// The services give this advice for writes, whatever was requested.
const ADVICE_FOR_WRITES = 'Idempotency-Key';

interface FailureProps {
  readonly error: unknown;
  /** When the data that the page still shows was read, in milliseconds since 1970. */
  readonly asOf?: number;
}

/** Shows why a request failed. A failed read is repeated by the page, so it needs no advice. */
export function Failure({ error, asOf = 0 }: FailureProps) {
  const { t } = useUiText();
  const { live } = useLive();
  if (error instanceof ApiError && error.isRead && error.status >= 500)
    return (
      <div className={styles.failure} role="alert">
        <strong>{t('unread')}</strong>
        <p>
          {error.message.includes(ADVICE_FOR_WRITES) ? t('noDatabase') : error.message}{' '}
          {live ? t('asksAgain') : null}
        </p>
        {asOf === 0 ? null : (
          <p>
            {t('asOf')} <Time at={new Date(asOf).toISOString()} />
          </p>
        )}
      </div>
    );
  const isDisconnected = error instanceof ApiError && error.status === 0;
  const fields = error instanceof ApiError ? error.errors : [];
  return (
    <div className={styles.failure} role="alert">
      <strong>{isDisconnected ? t('disconnected') : t('failed')}</strong>
      {isDisconnected ? null : <p>{error instanceof Error ? error.message : String(error)}</p>}
      {fields.map(({ path, message }) => (
        <p key={path}>
          <code>{path}</code>: {message}
        </p>
      ))}
    </div>
  );
}
