import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { populate, type System, useSystems } from './system.fixture.js';

const createSystem = useSystems();

describe('npm run verify', () => {
  const script = fileURLToPath(new URL('../dist/main.js', import.meta.url));

  const run = (...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> =>
    new Promise((resolve) => {
      execFile(process.execPath, [script, ...args], (error, stdout, stderr) =>
        resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
      );
    });
  const options = ({ urls: { orderUrl, inventoryUrl } }: System) => [
    '--order-url',
    orderUrl,
    '--inventory-url',
    inventoryUrl,
  ];

  test('prints one line per invariant and exits with 0 when all hold', async () => {
    const { code, stdout } = await run(...options(await createSystem()), '--settled');
    const lines = stdout.trimEnd().split('\n');
    expect(lines.map((line) => line.slice(0, 8).trim())).toEqual(
      Array.from({ length: 11 }, (_, index) => `ok   I${index + 1}`),
    );
    expect(lines).toContain('ok   I4  stock is never negative, now or at any earlier time');
    expect(code).toBe(0);
  });

  test('prints ok for every invariant at rest, and marks I10 as open while work is unfinished', async () => {
    const system = await createSystem();
    await populate(system);
    const atRest = await run(...options(system));
    expect(atRest.stdout.match(/^ok {3}/gm)).toHaveLength(11);
    await system.place();
    const atWork = await run(...options(system));
    expect(atWork.stdout.match(/^ok {3}/gm)).toHaveLength(10);
    expect(atWork.stdout).toContain(
      '--   I10 every order and every message finishes: cannot be checked while anything is unfinished\nnote I10 unfinished messages: 1',
    );
    expect([atRest.code, atWork.code]).toEqual([0, 0]);
  });

  test('names ten offenders, counts the others, and exits with 1', async () => {
    const system = await createSystem();
    await system.inventory.query(
      `INSERT INTO stock_items (sku, available) SELECT 'C' || n, 5 FROM generate_series(1, 12) n`,
    );
    const { code, stdout } = await run(...options(system));
    const line = stdout.split('\n').find((text) => text.startsWith('FAIL')) ?? '';
    expect(line).toMatch(/^FAIL I5 {2}movements add up.*: C\d+ \(5 available, .*, and 2 more$/);
    expect(line.match(/C\d+ /g)).toHaveLength(10);
    expect(code).toBe(1);
  });

  test('prints one JSON object with --json', async () => {
    const system = await createSystem();
    const { stdout: text } = await run(...options(system));
    const { code, stdout } = await run(...options(system), '--json');
    const report = JSON.parse(stdout);
    expect({ ...report, code }).toMatchObject({ ok: true, text: text.trimEnd(), code: 0 });
    expect(report.checks).toHaveLength(11);
    expect(report.checks[3]).toEqual({
      id: 'I4',
      title: 'stock is never negative, now or at any earlier time',
      state: 'ok',
    });
  });

  test('exits with 2 when a database cannot be read', async () => {
    const system = await createSystem();
    const away = system.urls.inventoryUrl.replace(/:\d+\//, ':1/');
    const { code, stdout, stderr } = await run('--order-url', system.urls.orderUrl, '--inventory-url', away);
    expect(stderr).toMatch(/^the inventory database .* can't be read: .*\n$/);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });
});
