import { defineText } from '../i18n/define-text.ts';

export const useVerifyText = defineText(
  'verify',
  {
    title: 'Verify',
    lead: 'Verify reads both databases and checks every promise of the system: no order without its message, no stock deducted twice, nothing forgotten.',
    run: 'Verify now',
    running: 'Verifying …',
    ranAt: 'Checked at',
    ok: 'Every promise holds.',
    notOk: 'At least one promise is broken.',
    notBroken: 'Nothing is broken.',
    open_one: '{{count}} check cannot be answered yet, because something is unfinished. Verify again later.',
    open_other:
      '{{count}} checks cannot be answered yet, because something is unfinished. Verify again later.',
    never: 'Not checked yet in this tab.',
    paste: 'This console cannot run it. Run this in a terminal, in the project’s folder:',
    states: { ok: 'holds', failed: 'broken', open: 'open' },
    counts: '{{ok}} hold, {{failed}} broken, {{open}} open',
  },
  {
    title: '校验',
    lead: '读取两个数据库，检查系统的每一条承诺：没有缺少消息的订单，没有重复扣减的库存，没有任何遗漏。',
    run: '立即校验',
    running: '校验中……',
    ranAt: '检查时间',
    ok: '所有承诺都成立。',
    notOk: '至少有一条承诺被违反。',
    notBroken: '没有任何承诺被违反。',
    open_one: '{{count}} 条检查还没有答案，因为还有未完成的订单或消息。请稍后再校验。',
    open_other: '{{count}} 条检查还没有答案，因为还有未完成的订单或消息。请稍后再校验。',
    never: '在此标签页中尚未检查。',
    paste: '当前控制台无法执行校验。请在终端中进入项目目录执行：',
    states: { ok: '成立', failed: '被违反', open: '待定' },
    counts: '{{ok}} 条成立，{{failed}} 条被违反，{{open}} 条待定',
  },
);
