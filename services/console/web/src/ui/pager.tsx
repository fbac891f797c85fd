import { useSearchParams } from './address.ts';
import { ButtonLink } from './button.tsx';
import styles from './pager.module.css';
import { useUiText } from './text.ts';
import { Time } from './time.tsx';

interface PagerProps {
  readonly page: {
    readonly nextCursor: string | null;
    readonly complete?: boolean;
    readonly scannedTo?: string | null;
  };
}

/**
 * Links to the newest entries and to the next older ones. The cursor is in the URL, so the browser's
 * Back returns to the page before. An incomplete page shows how far back it has searched.
 */
export function Pager({ page }: PagerProps) {
  const { t } = useUiText();
  const params = useSearchParams();
  const toSearch = (cursor: string | null) => {
    const next = new URLSearchParams(params);
    if (cursor === null) next.delete('cursor');
    else next.set('cursor', cursor);
    return `?${next}`;
  };
  const isNewest = !params.has('cursor');
  if (isNewest && page.nextCursor === null) return null;
  return (
    <nav className={styles.pager} aria-label={t('pages')}>
      {isNewest ? null : <ButtonLink to={toSearch(null)}>{t('newest')}</ButtonLink>}
      {page.nextCursor === null ? (
        <span>{t('noOlder')}</span>
      ) : (
        <ButtonLink to={toSearch(page.nextCursor)}>{t('older')}</ButtonLink>
      )}
      {page.complete === false && page.scannedTo ? (
        <span>
          {t('searchedTo')} <Time at={page.scannedTo} date />
        </span>
      ) : null}
    </nav>
  );
}
