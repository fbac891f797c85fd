import { it } from 'vitest';
import type { Console } from './open-console.js';

export function saysWhenItIsDisconnected(console: Console): void {
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
    await page.getByRole('banner').getByRole('button', { name: 'Start' }).click();
    await page.getByRole('button', { name: /^relay ready/ }).waitFor();
  });
}
