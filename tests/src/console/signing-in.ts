import { expect, it } from 'vitest';
import type { Console } from './open-console.js';

export function guardsTheConsole(console: Console): void {
  it('shows no data without the sign-in link, and names the places of the link', async () => {
    const page = await console.openStranger();
    const response = await page.goto(console.url);
    expect(response?.status()).toBe(401);
    const text = await page.locator('body').textContent();
    expect(text).toContain('docker compose exec console url');
    expect(text).toContain('登录');
    expect((await page.request.get(`${console.url}/api/messages`)).status()).toBe(401);
  });

  it('keeps the session in a cookie that scripts cannot read, and ends it on signing out', async () => {
    const { page } = console;
    expect(page.url()).not.toContain('token');
    const [cookie] = (await page.context().cookies()).filter(({ name }) => !name.endsWith('.sig'));
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict' });
    expect(await page.evaluate('document.cookie')).toBe('');
    await page.getByRole('button', { name: 'Sign out' }).click();
    await expect.poll(async () => (await page.request.get(`${console.url}/api/messages`)).status()).toBe(401);
  });

  it('never sends an operators’ token to the browser', async () => {
    const { page, demo } = console;
    const { adminToken, adminTokens } = await demo.read();
    const tokens = [adminToken, ...Object.values(adminTokens)];
    const bodies: string[] = [];
    page.on('response', async (response) => bodies.push(await response.text().catch(() => '')));
    for (const path of ['/', '/messages', '/dead-letters', '/stock', '/speed']) {
      await page.goto(console.url + path);
      await page.getByRole('heading', { level: 1 }).waitFor();
    }
    expect(bodies.filter((body) => tokens.some((token) => body.includes(token)))).toEqual([]);
    expect(bodies.length).toBeGreaterThan(10);
  });
}
