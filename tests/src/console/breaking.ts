import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import type { Console } from './open-console.js';

/** Longer than any experiment takes under the tests' shorter deadlines. */
const EXPERIMENT_MS = 120_000;
const OUTCOME = 'It went as predicted, and every promise holds.';

async function open(console: Console, id: string): Promise<Page> {
  await console.page.goto(`${console.url}/break/${id}`);
  return console.page;
}

/** Continues after a watch, which stops once everything was seen. */
async function proceed(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Continue', exact: true }).click({ timeout: EXPERIMENT_MS });
}

export function breaksTheSystem(console: Console): void {
  it('kills the inventory step by step: the retry counts down, and the order completes once it is back', async () => {
    const page = await open(console, 'kill-inventory');
    await page.getByRole('button', { name: 'Start', exact: true }).click();
    await page.getByRole('button', { name: /Kill the inventory service/ }).click();
    await page.getByRole('button', { name: /Place an order/ }).click();
    await page.getByText(/Next publication.*in \d+ s/).waitFor();
    await page.getByText('Republished, attempt 2').waitFor({ timeout: EXPERIMENT_MS });
    await proceed(page);
    await page.getByRole('button', { name: /Start the inventory service/ }).click({ timeout: EXPERIMENT_MS });
    await proceed(page);
    await page.getByRole('button', { name: /Verify|Check every promise/ }).click({ timeout: EXPERIMENT_MS });
    await page.getByText(OUTCOME).waitFor({ timeout: EXPERIMENT_MS });
  });

  it.each([
    'kill-relay',
    'stop-kafka',
    'wipe-kafka',
    'stop-postgres',
    'pause-inventory',
    'order-too-much',
    'send-twice',
    'copy-message',
    'cancel',
    'poison',
    'requeue',
  ])('runs the experiment %s to its predicted end', async (id) => {
    const page = await open(console, id);
    await page.getByRole('button', { name: 'Start and run all steps' }).click();
    const end = page.getByText(OUTCOME);
    const failure = page.getByText('It did not go as predicted.');
    await end.or(failure).first().waitFor({ timeout: EXPERIMENT_MS });
    expect(await page.locator('main').textContent()).toContain(OUTCOME);
  });

  it('lets the reader discard the real dead letter, and the order is cancelled', async () => {
    const page = await open(console, 'requeue');
    await page.getByRole('button', { name: 'Start', exact: true }).click();
    for (const step of [/Kill the relay/, /Place an order/, /Write a broken message/])
      await page.getByRole('button', { name: step }).click({ timeout: EXPERIMENT_MS });
    await proceed(page);
    await page.getByRole('button', { name: /Start the relay/ }).click({ timeout: EXPERIMENT_MS });
    await proceed(page);
    await page.getByRole('link', { name: 'Look at the dead letter' }).click();
    await page.getByText('No relay has recorded a publication').waitFor();
    expect(await page.locator('main').textContent()).not.toContain('has not received this message');
    await page.getByRole('link', { name: 'Continue' }).click();
    await page.getByRole('button', { name: 'Discard …' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Reason').fill('its producer was broken');
    await dialog.getByLabel('Your name').fill('ada');
    await dialog.getByRole('button', { name: 'Discard', exact: true }).click();
    await proceed(page);
    await page.getByRole('button', { name: /Verify every promise/ }).click({ timeout: EXPERIMENT_MS });
    await page.getByText(OUTCOME).waitFor({ timeout: EXPERIMENT_MS });
  });

  it('starts a killed process from the page, after a reload in the middle of an experiment', async () => {
    const page = await open(console, 'kill-relay');
    await page.getByRole('button', { name: 'Start', exact: true }).click();
    await page.getByRole('button', { name: /Kill the relay/ }).click();
    await page.getByText('Place an order').first().waitFor();
    await page.reload();
    await page.getByRole('button', { name: 'Put everything back' }).click();
    await page.getByText('Every process runs.').waitFor({ timeout: EXPERIMENT_MS });
  });
}
