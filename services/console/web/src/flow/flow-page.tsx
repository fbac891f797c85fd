import { useTranslation } from 'react-i18next';
import { Page } from '../ui/page.tsx';
import { Empty } from '../ui/states.tsx';

export function FlowPage() {
  const { t } = useTranslation('flow');
  return (
    <Page title={t('title')}>
      <Empty />
    </Page>
  );
}
