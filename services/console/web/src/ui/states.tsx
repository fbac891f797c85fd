import type { ReactNode } from 'react';
import { ApiError } from '../api/request.ts';
import styles from './states.module.css';
import { useUiText } from './text.ts';

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

/** Shows why a request failed. */
export function Failure({ error }: { readonly error: unknown }) {
  const { t } = useUiText();
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
