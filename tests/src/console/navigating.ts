import { expect, it } from 'vitest';
import type { Console } from './open-console.js';

export function navigates(console: Console): void {
  it('moves the focus to the heading, marks the current page, and restores the place on Back', async () => {
    const { page, url } = console;
    await page.setViewportSize({ width: 1280, height: 400 });
    await page.evaluate('window.scrollTo(0, 300)');
    // Without a mouse, which would scroll to the link first.
    await page.evaluate(`document.querySelector('main a[href^="/messages?"]').click()`);
    await page.getByRole('heading', { level: 1, name: 'Messages' }).waitFor();
    await page.waitForFunction('document.activeElement.tagName === "H1" && window.scrollY === 0');
    const current = page.getByRole('navigation').locator('[aria-current="page"]');
    expect(await current.allTextContents()).toEqual(['Messages']);
    await page.goBack();
    await page.waitForURL(`${url}/`);
    await page.waitForFunction('document.activeElement.tagName === "H1" && window.scrollY > 0');
    await page.goto(`${url}/stock/KEYBOARD`);
    await page.getByRole('heading', { level: 1, name: 'KEYBOARD' }).waitFor();
    expect(await current.allTextContents()).toEqual(['Stock']);
  });

  it('keeps filters and tabs in the URL, and links that clear them leave no rest', async () => {
    const { page, url } = console;
    await page.goto(`${url}/orders`);
    await page.getByLabel('Customer').fill('50%25 & more');
    await page.getByRole('button', { name: 'Apply' }).click();
    await page.waitForURL(/customerId=50%2525/);
    await page.reload();
    expect(await page.getByLabel('Customer').inputValue()).toBe('50%25 & more');
    await page.getByRole('link', { name: 'Clear' }).click();
    await page.waitForURL(`${url}/orders`);
    await page.waitForFunction('document.querySelector("[name=customerId]").value === ""');
    await page.goBack();
    await page.waitForFunction('document.querySelector("[name=customerId]").value !== ""');
    await page.goto(`${url}/dead-letters?tab=topic`);
    await page.locator('main nav a').first().click();
    await page.waitForURL(`${url}/dead-letters`);
  });

  it('closes the menu of a phone with each navigation', async () => {
    const { page } = console;
    await page.setViewportSize({ width: 360, height: 800 });
    const menu = page.locator('[aria-controls="menu"]');
    for (const name of ['Stock', 'Stock']) {
      await menu.click();
      expect(await menu.getAttribute('aria-expanded')).toBe('true');
      await page.locator('#menu').getByRole('link', { name }).click();
      await page.locator('[aria-controls="menu"][aria-expanded="false"]').waitFor();
    }
  });
}
