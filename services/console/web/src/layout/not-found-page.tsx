import { useTranslation } from 'react-i18next';
import { ButtonLink } from '../ui/button.tsx';
import { Page } from '../ui/page.tsx';
import { Empty } from '../ui/states.tsx';

export default function NotFoundPage() {
  const { t } = useTranslation('shell');
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
