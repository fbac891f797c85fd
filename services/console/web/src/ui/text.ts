import { defineText } from '../i18n/define-text.ts';

export const uiText = defineText(
  {
    loading: 'Loading …',
    failed: 'This could not be read',
    disconnected: 'The console does not answer. It is asked again every second.',
    copy: 'Copy',
    copied: 'Copied',
    empty: 'Nothing here',
  },
  {
    loading: '加载中……',
    failed: '无法读取',
    disconnected: '控制台没有响应，每秒重试一次。',
    copy: '复制',
    copied: '已复制',
    empty: '暂无内容',
  },
);
