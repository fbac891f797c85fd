import { useTranslation } from 'react-i18next';
import { Page } from '../ui/page.tsx';
import { Empty } from '../ui/states.tsx';

export default function ExperimentsPage() {
  const { t } = useTranslation('experiments');
  return (
    <Page title={t('title')}>
      <Empty />
    </Page>
  );
}
