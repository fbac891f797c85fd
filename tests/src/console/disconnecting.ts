import { expect, it } from 'vitest';
import type { Console } from './open-console.js';

export function reportsDisconnects(console: Console): void {
  it('reports that the console does not answer while it is down, and continues when it is back', async () => {
    const { page, demo } = console;
    const banner = page.getByRole('alert').getByText('The console does not answer.').first();
    await demo.command('kill', 'console');
    await banner.waitFor();
    await demo.command('start', 'console');
    await banner.waitFor({ state: 'detached' });
    // The session outlives the process.
    await page.reload();
    await page.getByRole('button', { name: 'Place the order' }).waitFor();
  });

  it('shows why a service is not ready, and starts it', async () => {
    const { page, demo } = console;
    await demo.command('kill', 'relay');
    await page.getByRole('button', { name: /^relay down/ }).waitFor();
    await page.getByRole('button', { name: 'Start: relay' }).last().click();
    await page.getByRole('button', { name: /^relay ready/ }).waitFor();
  });

  it('names Postgres as the cause while it is down, on every page, and shows from when the numbers are', async () => {
    const { page, demo } = console;
    await page.getByText('waits for the relay').waitFor();
    await demo.command('kill', 'postgres');
    const incident = page.getByRole('alert').filter({ hasText: 'Postgres is down since' });
    await incident.waitFor();
    await page.getByText('not readable, as of').waitFor();
    expect(await page.title()).toMatch(/^⚠ Postgres down · Flow/);
    await page.goto(`${console.url}/orders`);
    await page.getByText('The page retries by itself.').waitFor();
    await incident.waitFor();
    expect(await page.locator('main').textContent()).not.toContain('Idempotency-Key');
    await page.getByRole('button', { name: 'Start: Postgres' }).click();
    await incident.waitFor({ state: 'detached' });
    await expect.poll(() => page.title(), { timeout: 60_000 }).toMatch(/^Orders/);
  });

  it('kills and starts a process from its box in the drawing', async () => {
    const { page } = console;
    await page.locator('main').getByRole('button', { name: 'What to do with relay' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Kill', exact: true }).click();
    await dialog.waitFor({ state: 'detached' });
    await page.locator('main').getByRole('button', { name: 'Start: relay' }).click();
    await page.getByRole('button', { name: /^relay ready/ }).waitFor();
  });
}
