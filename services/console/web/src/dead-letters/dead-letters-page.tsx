import { Page } from '../ui/page.tsx';
import { Tabs, useTab } from '../ui/tabs.tsx';
import { ReasonGroups } from './reason-groups.tsx';
import { useDeadLettersText } from './text.ts';
import { TopicRecords } from './topic-records.tsx';

export default function DeadLettersPage() {
  const { t } = useDeadLettersText();
  const tabs = [
    { id: 'messages', label: t('messagesTab') },
    { id: 'topic', label: t('topicTab') },
  ] as const;
  const tab = useTab(tabs);
  return (
    <Page title={t('title')} lead={t('lead')}>
      <Tabs label={t('tabs')} tabs={tabs} />
      {tab === 'topic' ? <TopicRecords /> : <ReasonGroups />}
    </Page>
  );
}
