import { expect, it } from 'vitest';
import type { Console } from './open-console.js';

export function saysWhenItIsDisconnected(console: Console): void {
  it('says that the console does not answer while it is down, and goes on when it is back', async () => {
    const { page, demo } = console;
    await demo.command('kill', 'console');
    await page.getByText('The console does not answer.').waitFor();
    await demo.command('start', 'console');
    await page.getByText('The console does not answer.').waitFor({ state: 'detached' });
    // The session outlives the process.
    await page.reload();
    await page.getByRole('button', { name: 'Place the order' }).waitFor();
  });

  it('shows why a service is not ready, and starts it', async () => {
    const { page, demo } = console;
    await demo.command('kill', 'relay');
    const chip = page.getByRole('banner').getByText('relay');
    await chip.click();
    await page.getByRole('button', { name: 'Start', exact: true }).first().click();
    await expect.poll(async () => (await demo.command('status')).includes('relay')).toBe(true);
  });
}
