import { defineText } from '../i18n/define-text.ts';

export const uiText = defineText(
  {
    loading: 'Loading …',
    failed: 'The request failed',
    disconnected: 'The console does not answer. The page keeps asking.',
    copy: 'Copy',
    copied: 'Copied',
    empty: 'Nothing here',
    close: 'Close',
    pages: 'Older and newer entries',
    newest: 'Newest',
    older: 'Older',
    noOlder: 'No older entries',
    searchedTo: 'Searched back to',
    time: 'Time',
  },
  {
    loading: '加载中……',
    failed: '请求失败',
    disconnected: '控制台没有响应，页面会继续重试。',
    copy: '复制',
    copied: '已复制',
    empty: '暂无内容',
    close: '关闭',
    pages: '翻页',
    newest: '最新',
    older: '更早',
    noOlder: '没有更早的记录',
    searchedTo: '已查找到',
    time: '时间',
  },
);
