import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import type { Console } from './open-console.js';

/** Never run: the page must show it as text. */
const HOSTILE = `<img src=x onerror="document.title='hacked'"><script>alert(1)</script>\u202e${'x'.repeat(30)}`;

const orderPanel = (page: Page) =>
  page.locator('section').filter({ has: page.getByRole('heading', { name: 'Place an order' }) });

export function placesOrders(console: Console): void {
  it('places an order and shows it completing, from the form to its timeline', async () => {
    const { page } = console;
    await page.getByLabel('Customer').fill('ada');
    await page.getByLabel('SKU', { exact: true }).fill('KEYBOARD');
    await page.getByLabel('Quantity').fill('2');
    await page.getByRole('button', { name: 'Place the order' }).click();
    await page.getByText('Order and message are written.').waitFor();
    const form = orderPanel(page);
    await form.getByText('CONFIRMED').waitFor();
    await form.locator('a[href^="/messages/"]').click();
    await page.getByText('Completed: result and order stored in one transaction').waitFor();
    // The page reads the inventory's side with a request of its own.
    await page.getByText('2 deducted from').waitFor();
    const timeline = await page.locator('main').textContent();
    for (const step of ['Claimed by a relay', 'Received by the inventory', 'Result sent'])
      expect(timeline).toContain(step);
    expect(timeline).toMatch(/order-events\/\d@\d+/);
    expect(timeline).toMatch(/[\da-f]{32}/);
  });

  it('cancels an order, and shows the reason on its page', async () => {
    const { page } = console;
    await page.getByRole('button', { name: /^Order one / }).click();
    const status = page.locator('main').getByRole('status');
    await status.getByText('CONFIRMED').first().waitFor();
    await status.locator('a[href^="/orders/"]').first().click();
    await page.getByRole('button', { name: 'Cancel order …' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Reason (optional)').fill('changed my mind');
    await dialog.getByRole('button', { name: 'Cancel the order' }).click();
    await page.getByText('Reason of the cancellation: changed my mind').waitFor();
  });

  it('places many orders at once, and sends an order again with the same key', async () => {
    const { page } = console;
    await page.getByLabel('SKU', { exact: true }).fill('MOUSE');
    await page.getByLabel('How many orders').fill('20');
    await page.getByRole('button', { name: 'Place 20 orders' }).click();
    await orderPanel(page).getByRole('listitem').filter({ hasText: '20 × 201' }).waitFor();

    await page.getByLabel('How many orders').fill('1');
    await page.getByText('More', { exact: true }).click();
    await page.getByRole('button', { name: 'Make one' }).click();
    await page.getByRole('button', { name: 'Place the order' }).click();
    await page.getByText('Order and message are written.').waitFor();
    await page.getByRole('button', { name: 'Send again with the same key' }).click();
    await page.getByText('Replayed: the first answer again, no new order.').waitFor();
  });

  it('places an order with one click beside the drawing, and proposes a SKU that is in stock', async () => {
    const { page } = console;
    await page.getByRole('button', { name: /^Order one / }).click();
    await page.locator('main').getByRole('status').getByText('CONFIRMED').first().waitFor();
  });

  it('shows the outcome of many orders, with the reason of the rejected ones', async () => {
    const { page } = console;
    await page.getByLabel('Customer').fill('grace');
    await page.getByLabel('SKU', { exact: true }).fill('LAPTOP');
    await page.getByLabel('Quantity').fill('9');
    await page.getByLabel('How many orders').fill('4');
    await page.getByRole('button', { name: 'Place 4 orders' }).click();
    const outcomes = page.getByRole('list', { name: 'Outcomes of the orders' });
    await outcomes.getByText('not enough LAPTOP').waitFor();
    await outcomes.getByRole('listitem').filter({ hasText: 'CONFIRMED' }).waitFor();
    const rejected = page.getByRole('row').filter({ hasText: 'rejected: not enough LAPTOP' });
    await rejected.first().waitFor();
    await outcomes.getByRole('listitem').filter({ hasText: 'REJECTED' }).getByRole('link').click();
    await page.waitForURL(/customerId=grace&status=REJECTED/);
  });

  it('names the wrong field of a refused order', async () => {
    const { page } = console;
    await page.getByLabel('Customer').fill('x'.repeat(129));
    await page.getByRole('button', { name: 'Place the order' }).click();
    await page.getByText('Refused with 400').waitFor();
    await page.getByText('customerId').waitFor();
  });

  it('shows a hostile customer name as text on every page that has it', async () => {
    const { page } = console;
    await page.getByLabel('Customer').fill(HOSTILE);
    await page.getByLabel('SKU', { exact: true }).fill('NO-SUCH-SKU');
    await page.getByRole('button', { name: 'Place the order' }).click();
    await orderPanel(page).getByText('unknown sku NO-SUCH-SKU').waitFor();
    const message = await orderPanel(page).locator('a[href^="/messages/"]').getAttribute('href');
    const order = await orderPanel(page).locator('a[href^="/orders/"]').getAttribute('href');
    for (const path of ['/orders', order, message]) {
      await page.goto(`${console.url}${path}`);
      await page.getByText("document.title='hacked'").first().waitFor();
      expect(await page.locator('main img, main script, main b').count()).toBe(0);
      expect(await page.title()).not.toContain('hacked');
    }
  });

  it('finds an order and a message by id or the end of it, a SKU, and orders by customer', async () => {
    const { page } = console;
    await page.getByRole('button', { name: 'Place the order' }).click();
    const form = orderPanel(page);
    await form.getByText('CONFIRMED').waitFor();
    const order = await form.locator('a[href^="/orders/"]').getAttribute('href');
    const message = await form.locator('a[href^="/messages/"]').getAttribute('href');
    const search = page.getByRole('searchbox');
    for (const path of [order, message]) {
      await search.fill(path?.split('/').at(-1) ?? '');
      await search.press('Enter');
      await page.waitForURL(`${console.url}${path}`);
    }
    await page.goto(console.url);
    await search.fill(order?.slice(-8) ?? '');
    await search.press('Enter');
    await page.waitForURL(`${console.url}${order}`);
    await search.fill('MOUSE');
    await search.press('Enter');
    await page.waitForURL(`${console.url}/stock/MOUSE`);
    await search.fill('ada');
    await page.getByRole('link', { name: /customer/ }).click();
    await page.waitForURL(/customerId=ada/);
    await page.getByRole('row').filter({ hasText: 'ada' }).first().waitFor();
  });
}
