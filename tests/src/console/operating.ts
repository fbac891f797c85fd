import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import type { Console } from './open-console.js';

export function operatesOnDeadLetters(console: Console): void {
  it('finds a dead letter by its reason, requeues it with reason and name, and records the decision', async () => {
    const { page, url } = console;
    const api = async (path: string, data: object) => {
      const answer = await page.request.post(`${url}/api${path}`, { data, headers: { origin: url } });
      expect(answer.status(), await answer.text()).toBeLessThan(300);
      return answer.json();
    };
    await api('/control/kill', { name: 'relay' });
    const order = { customerId: 'ada', items: [{ sku: 'MONITOR', quantity: 1 }] };
    const { id, messageId } = await api('/orders', order);
    await api('/control/produce', { body: 'broken', key: id, id: messageId, type: 'order.placed.v1' });
    await page.goto(`${url}/dead-letters`);
    const group = page.locator('section').filter({ hasText: 'the body is not JSON' });
    await group.getByText('The inventory answered that it can never process this.').waitFor();
    await group.getByRole('link', { name: `…${messageId.slice(-8)}` }).waitFor();
    await group.getByRole('button', { name: 'Requeue …' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('Matching: 1').waitFor();
    await dialog.getByLabel('Reason').fill('the message itself is fine');
    await dialog.getByLabel('Your name').fill('Zoë Ångström');
    await dialog.getByRole('button', { name: 'Requeue 1' }).click();
    await dialog.getByText('Requeued: 1').waitFor();
    await api('/control/start', { name: 'relay' });
    await page.goto(`${url}/messages/${messageId}`);
    await page.getByText('Completed: result and order stored in one transaction').waitFor();
    await page.getByText(/Requeued by .?Zoë Ångström/).waitFor();
    await page.goto(`${url}/decisions`);
    const row = page.getByRole('row').filter({ hasText: 'Zoë Ångström' });
    await row.filter({ hasText: 'the message itself is fine' }).waitFor();
  });

  it('shows the records of the dead-letter topic with their reasons', async () => {
    const { page, url } = console;
    const body = `poison ${createHash('sha256').update(url).digest('hex')}`;
    const answer = await page.request.post(`${url}/api/control/produce`, {
      data: { body },
      headers: { origin: url },
    });
    expect(answer.status()).toBe(200);
    await page.goto(`${url}/dead-letters?tab=topic`);
    await page.getByText(body).waitFor();
  });

  it('adjusts the stock with a reason and a name', async () => {
    const { page, url } = console;
    await page.goto(`${url}/stock/LAPTOP`);
    await page.getByLabel('Pieces', { exact: true }).fill('5');
    await page.getByLabel('Reason').fill('a delivery');
    await page.getByLabel('Your name').fill('ada');
    await page.getByRole('button', { name: 'Adjust', exact: true }).click();
    await page.getByRole('row').filter({ hasText: 'a delivery' }).waitFor();
  });

  it('verifies every promise', async () => {
    const { page, url } = console;
    await page.goto(`${url}/verify`);
    await page.getByRole('button', { name: /Verify|Check/ }).click();
    await page.getByText('I11').waitFor();
  });
}
