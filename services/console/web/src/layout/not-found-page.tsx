import { ButtonLink } from '../ui/button.tsx';
import { Page } from '../ui/page.tsx';
import { Empty } from '../ui/states.tsx';
import { useShellText } from './text.ts';

export default function NotFoundPage() {
  const { t } = useShellText();
  return (
    <Page title={t('notFound')}>
      <Empty title={t('notFoundHint')}>
        <p>
          <ButtonLink to="/">{t('pages.flow')}</ButtonLink>
        </p>
      </Empty>
    </Page>
  );
}
