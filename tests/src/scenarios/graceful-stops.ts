import { poll } from '@lmt/stack';
import { expect, it } from 'vitest';
import { countByStatus } from '../stored-orders.js';
import type { System } from '../system.fixture.js';

export function stopsGracefully(system: System, services: readonly string[]): void {
  it.each(services)(
    'loses nothing when %s receives SIGTERM under load, and exits within 15 s with code 0',
    async (name) => {
      const sku = await system.addSku(1_000);
      const placing = system.placeUntilAccepted(250, sku);
      await poll(
        'the load has started',
        () => system.order.value<boolean>('SELECT count(*) > 50 FROM order_items WHERE sku = $1', [sku]),
        { everyMs: 5 },
      );
      const reportsBefore = system.reports.length;
      process.kill(system.stack.pids[name] ?? 0, 'SIGTERM');
      // The supervisor did not request the exit, so it reports it and restarts the process.
      const report = await poll(
        `${name} exits`,
        () => system.reports.slice(reportsBefore).find((line) => line.startsWith(`${name} died`)),
        { seconds: 15 },
      );
      expect(report).toContain('(exit code 0)');
      const orders = await placing;
      await system.expectAllFinished();
      expect(await countByStatus(system, orders)).toEqual({ CONFIRMED: 250 });
      expect(await system.available(sku)).toBe(750);
    },
  );
}
