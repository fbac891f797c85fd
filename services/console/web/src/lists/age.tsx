import { serverNow } from '../api/server-clock.ts';
import { useNow } from '../ui/time.tsx';
import { toAge } from './age.ts';
import { useListsText } from './text.ts';

/** How long ago something happened. Its title has the exact time with its zone. */
export function Age({ at }: { readonly at: string }) {
  const { t, i18n } = useListsText();
  useNow();
  const age = toAge(serverNow() - Date.parse(at));
  const exact = new Intl.DateTimeFormat(i18n.language, { dateStyle: 'medium', timeStyle: 'long' });
  return (
    <time dateTime={at} title={exact.format(new Date(at))}>
      {age === null
        ? t('now')
        : new Intl.RelativeTimeFormat(i18n.language, { style: 'narrow' }).format(-age.value, age.unit)}
    </time>
  );
}
