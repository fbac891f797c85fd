import { poll } from '@lmt/stack';
import { expect, it } from 'vitest';
import type { System } from '../system.fixture.js';

export function stopsGracefully(system: System): void {
  it.each(['order', 'relay', 'inventory'])(
    'loses nothing when %s is asked to end under load, which it does within 15 s with code 0',
    async (name) => {
      const sku = await system.newSku(1_000);
      const placing = system.placeStubbornly(250, sku);
      await poll(
        'the load is on',
        () => system.order.value<boolean>('SELECT count(*) > 50 FROM order_items WHERE sku = $1', [sku]),
        { everyMs: 5 },
      );
      const reportsBefore = system.reports.length;
      process.kill(system.stack.pids[name] ?? 0, 'SIGTERM');
      // The supervisor did not ask for it, so it reports the end and starts the process again.
      const report = await poll(
        `the end of ${name}`,
        () => system.reports.slice(reportsBefore).find((line) => line.startsWith(`${name} died`)),
        { seconds: 15 },
      );
      expect(report).toContain('(exit code 0)');
      const orders = await placing;
      await system.everythingFinishes();
      expect(await system.countByStatus(orders)).toEqual({ CONFIRMED: 250 });
      expect(await system.available(sku)).toBe(750);
    },
  );
}
