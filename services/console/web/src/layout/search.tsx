import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useRef, useState } from 'react';
import { Link, useLocation } from 'wouter';
import { toQuery } from '../api/request.ts';
import { Hidden } from '../ui/hidden.tsx';
import { Announcement } from '../ui/notice.tsx';
import { findPage, toWanted } from './find-page.ts';
import styles from './search.module.css';
import { useShellText } from './text.ts';

/** Finds an order or a message by its id. For other text it offers the lists that can be filtered by it. */
export function Search() {
  const { t } = useShellText();
  const [, navigate] = useLocation();
  const [text, setText] = useState('');
  const [isOpen, setOpen] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const lookup = useMutation({ mutationFn: findPage });
  const wanted = text.trim();
  const target = toWanted(wanted);
  const isId = target.kind !== 'text';
  const toOrders = (filter: Readonly<Record<string, string>>) => `/orders${toQuery(filter)}`;
  const offers =
    wanted === '' || target.kind === 'id'
      ? []
      : [
          { label: t('ordersOfCustomer'), to: toOrders({ customerId: wanted }) },
          { label: t('ordersWithSku'), to: toOrders({ sku: wanted }) },
        ];

  const close = () => {
    setText('');
    setOpen(false);
    input.current?.blur();
  };
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const [offer] = offers;
    if (wanted === '') return;
    const page = await lookup.mutateAsync(target).catch(() => null);
    // Other text is the name of a customer, unless it is a SKU.
    const to = page ?? (isId ? undefined : offer?.to);
    if (to === undefined) return;
    close();
    navigate(to);
  };
  const isMissing = lookup.isSuccess && lookup.data === null && isId;
  return (
    <search
      className={styles.search}
      onFocus={() => setOpen(true)}
      onBlur={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget)) setOpen(false);
      }}
      onKeyDown={(event) => {
        if (event.key === 'Escape') setOpen(false);
      }}
    >
      <form onSubmit={(event) => void submit(event)}>
        <label>
          <Hidden>{t('search')}</Hidden>
          <input
            ref={input}
            type="search"
            value={text}
            placeholder={t('searchHint')}
            autoComplete="off"
            spellCheck={false}
            onChange={(event) => {
              setText(event.target.value);
              setOpen(true);
              lookup.reset();
            }}
          />
        </label>
      </form>
      <div className={styles.offers} hidden={!isOpen || wanted === ''}>
        {offers.map(({ label, to }) => (
          <Link key={to} to={to} onClick={close}>
            {label} <b>{wanted}</b>
          </Link>
        ))}
        <Announcement>
          {isId && lookup.isIdle ? <p>{t('searchEnter')}</p> : null}
          {lookup.isPending ? <p>{t('searching')}</p> : null}
          {isMissing ? <p>{t('searchMissing')}</p> : null}
          {lookup.isError && isId ? <p>{lookup.error.message}</p> : null}
        </Announcement>
      </div>
    </search>
  );
}
