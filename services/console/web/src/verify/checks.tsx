import type { Verification } from '../api/views.ts';
import { Hidden } from '../ui/hidden.tsx';
import styles from './checks.module.css';
import { CHINESE_TITLES } from './chinese-titles.ts';
import { useVerifyText } from './text.ts';

const MARKS = { ok: '✓', failed: '✗', open: '–' } as const;

/** Each promise, and whether it holds. */
export function Checks({ verification }: { readonly verification: Verification }) {
  const { t, i18n } = useVerifyText();
  return (
    <ul className={styles.checks}>
      {verification.checks.map(({ id, title, state, detail }) => (
        <li key={id} data-state={state}>
          <span className={styles.mark} aria-hidden="true">
            {MARKS[state]}
          </span>
          <code>{id}</code>
          <span>
            {i18n.language === 'zh' ? (CHINESE_TITLES[id] ?? title) : title}{' '}
            <Hidden>({t(`states.${state}`)})</Hidden>
            {detail ? <span className={styles.detail}>{detail}</span> : null}
          </span>
        </li>
      ))}
    </ul>
  );
}

/** How many promises hold. */
export function Counts({ of: { checks } }: { readonly of: Verification }) {
  const { t } = useVerifyText();
  const count = (wanted: string) => checks.filter(({ state }) => state === wanted).length;
  return <>{t('counts', { ok: count('ok'), failed: count('failed'), open: count('open') })}</>;
}
