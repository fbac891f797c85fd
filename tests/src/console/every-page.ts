import { expect, it } from 'vitest';
import { type Console, findBarriers } from './open-console.js';

const PAGES = [
  '/',
  '/orders',
  '/messages',
  '/dead-letters',
  '/dead-letters?tab=topic',
  '/decisions',
  '/stock',
  '/stock/KEYBOARD',
  '/speed',
  '/break',
  '/break/kill-inventory',
  '/verify',
  '/no-such-page',
];

export function showsEveryPage(console: Console): void {
  it.each(PAGES)(
    '%s has no barrier that axe finds, in both languages and themes, also on a phone',
    async (path) => {
      const { page } = console;
      const texts: (string | null)[] = [];
      for (const [language, colorScheme] of [
        ['en', 'light'],
        ['zh', 'dark'],
      ] as const) {
        await page.emulateMedia({ colorScheme });
        await page.evaluate(`localStorage.setItem('language', '${language}')`);
        for (const width of [1280, 360]) {
          await page.setViewportSize({ width, height: 800 });
          await page.goto(console.url + path);
          await page.getByRole('heading', { level: 1 }).waitFor();
          await page
            .getByText(/^(Loading …|加载中……)$/)
            .first()
            .waitFor({ state: 'detached' });
          expect(await findBarriers(page), `${language}, ${width} px`).toEqual([]);
          const overflow = await page.evaluate<number>(
            'document.documentElement.scrollWidth - document.documentElement.clientWidth',
          );
          expect(overflow, `${language}, ${width} px: the page scrolls sideways`).toBeLessThanOrEqual(0);
        }
        texts.push(await page.locator('main').textContent());
      }
      expect(await page.locator('html').getAttribute('lang')).toBe('zh-CN');
      const [english, chinese] = texts;
      expect(english).not.toMatch(/\p{Script=Han}/u);
      expect(chinese).toMatch(/\p{Script=Han}/u);
    },
  );
}
