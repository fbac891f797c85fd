import { describe, expect, it, vi } from 'vitest';
import type { Connect } from './port.contract.js';
import { outboundMessage, publishUntilSettled, recorder, within } from './port.fixture.js';

/** Takes a transport down and brings it back. */
export interface Outage {
  down(): Promise<void>;
  up(): Promise<void>;
}

/** Tests a publisher with this time-out during an outage of its transport. */
export function describeOutage(name: string, timeoutMs: number, connect: Connect, outage: Outage): void {
  describe(`an outage of ${name}`, () => {
    it('reports messages as unavailable within the time-out, and recovers with the transport', async () => {
      const { handler, ids } = recorder();
      const { publisher, topic, close } = await connect(handler);
      const before = outboundMessage(topic);
      await publishUntilSettled(publisher, [before]);

      await outage.down();
      const messages = Array.from({ length: 50 }, () => outboundMessage(topic));
      for (let call = 0; call < 3; call += 1) {
        const started = performance.now();
        const outcomes = await publisher.publish(messages);
        expect(outcomes.map(({ status }) => status)).toEqual(messages.map(() => 'unavailable'));
        expect(performance.now() - started).toBeLessThan(timeoutMs + 1000);
      }
      await expect(publisher.probe()).rejects.toThrow(/ECONNREFUSED/);

      await outage.up();
      const back = performance.now();
      const outcomes = await publishUntilSettled(publisher, messages);
      expect(outcomes.every(({ status }) => status === 'acknowledged')).toBe(true);
      expect(performance.now() - back).toBeLessThan(3000);
      const sent = [before, ...messages].map(({ id }) => id);
      await vi.waitFor(() => expect(new Set(ids())).toEqual(new Set(sent)), within);
      await expect(publisher.probe()).resolves.toBeUndefined();
      await close();
    });
  });
}
