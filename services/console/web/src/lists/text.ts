import { defineText } from '../i18n/define-text.ts';

export const useListsText = defineText(
  'lists',
  {
    apply: 'Apply',
    clear: 'Clear filters',
    any: 'any',
    older: 'This page does not refresh. Only the newest entries do.',
    slow: 'The search reads many entries, so it is repeated every 5 seconds.',
    nothingYet: 'No match among the entries searched so far',
    searchOn: 'Older entries may match: continue with “Older”.',
    noMatch: 'No entry matches the filters',
    noMatchHint: 'Text is compared exactly, upper and lower case included. Clear a filter to see more.',
    first: 'Show the newest entries',
    now: 'now',
  },
  {
    apply: '应用',
    clear: '清除筛选',
    any: '不限',
    older: '本页不会刷新，只有最新的记录会刷新。',
    slow: '这次查找要读取大量记录，因此每 5 秒重复一次。',
    nothingYet: '目前查找过的记录中没有匹配项',
    searchOn: '更早的记录可能匹配：点击“更早”继续查找。',
    noMatch: '没有符合筛选条件的记录',
    noMatchHint: '文本按原样比较，区分大小写。清除某个筛选条件可以看到更多记录。',
    first: '查看最新的记录',
    now: '刚刚',
  },
);
