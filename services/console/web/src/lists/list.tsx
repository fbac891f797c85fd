import type { Page } from '@lmt/contracts';
import { useQueryClient } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useLiveQuery } from '../api/live.tsx';
import { useSearchParams } from '../ui/address.ts';
import { ButtonLink } from '../ui/button.tsx';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { Pager } from '../ui/pager.tsx';
import { Empty, Failure, Loading } from '../ui/states.tsx';
import styles from './list.module.css';
import { useListsText } from './text.ts';

/** A page of a list. Services that do not send `complete` read all entries. */
interface ListPage<T> extends Page<T> {
  readonly complete?: boolean;
  readonly scannedTo?: string | null;
}

interface ListProps<T> {
  /** API path, with the filters and the cursor of the URL. */
  readonly path: string;
  readonly label: string;
  readonly columns: readonly Column<T>[];
  readonly isFiltered: boolean;
  /** Explains why there are no entries at all. */
  readonly empty: ReactNode;
}

/**
 * A list with its pages. The newest page is live. Older pages do not refresh, because new entries would
 * shift them. A search that reads many entries is repeated less often.
 */
export function List<T extends { readonly id: string }>(props: ListProps<T>) {
  const { path, label, columns, isFiltered, empty } = props;
  const { t } = useListsText();
  const params = useSearchParams();
  const isNewest = !params.has('cursor');
  const isSlow = useQueryClient().getQueryData<ListPage<T>>([path])?.complete === false;
  const everyMs = isNewest ? (isSlow ? 5_000 : 1_000) : Number.POSITIVE_INFINITY;
  const { data, error, isPlaceholderData, dataUpdatedAt } = useLiveQuery<ListPage<T>>(path, { everyMs });

  if (data === undefined && error === null) return <Loading />;
  return (
    <div className={styles.list} aria-busy={isPlaceholderData}>
      {error === null ? null : <Failure error={error} asOf={dataUpdatedAt} />}
      {error !== null && !isNewest ? (
        <p>
          <ButtonLink to="?">{t('first')}</ButtonLink>
        </p>
      ) : null}
      {data === undefined ? null : (
        <>
          {data.items.length > 0 ? (
            <DataTable label={label} columns={columns} rows={data.items} rowKey={({ id }) => id} />
          ) : data.complete === false ? (
            <Empty title={t('nothingYet')}>
              <p>{t('searchOn')}</p>
            </Empty>
          ) : isFiltered ? (
            <Empty title={t('noMatch')}>
              <p>{t('noMatchHint')}</p>
            </Empty>
          ) : (
            empty
          )}
          <Pager page={data} />
          {isNewest ? null : <p className={styles.hint}>{t('older')}</p>}
          {isNewest && isSlow ? <p className={styles.hint}>{t('slow')}</p> : null}
        </>
      )}
    </div>
  );
}
