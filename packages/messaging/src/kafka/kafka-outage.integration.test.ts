import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createKafka, freePorts } from '@lmt/stack';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { outboundMessage, publishUntilSettled, recorder } from '../port.fixture.js';
import { describeOutage } from '../port-outage.contract.js';
import { connectKafka, storedRecords } from './kafka.contract.js';

const within = { timeout: 60_000, interval: 50 };

/** Uses a broker of its own, because the tests kill, stop and wipe it. */
describe.skipIf(inject('kafkaBootstrap') === null)('with a broker that fails', () => {
  let folder = '';
  let kafka: ReturnType<typeof createKafka>;
  const brokers = () => [kafka.bootstrap];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lmt-outage-'));
    const [port = 0, controllerPort = 0] = await freePorts(2);
    kafka = createKafka({ folder, port, controllerPort });
    await kafka.start();
  });

  afterAll(async () => {
    await kafka?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  describeOutage('Kafka', 3000, (handler) => connectKafka(brokers(), handler, 3000), {
    down: () => kafka.kill(),
    up: () => kafka.start(),
  });

  it('delivers again after a wipe of the broker and its disk', async () => {
    const { handler, ids } = recorder();
    const connected = await connectKafka(brokers(), handler);
    const { topic, publisher, subscription } = connected;
    await publishUntilSettled(publisher, [outboundMessage(topic)]);
    await vi.waitFor(() => expect(ids()).toHaveLength(1), within);
    expect((await subscription.readLag())?.size).toBe(6);

    await kafka.wipe();
    expect(await subscription.readLag()).toBeNull();
    await kafka.start();
    const messages = Array.from({ length: 30 }, () => outboundMessage(topic));
    await publishUntilSettled(publisher, messages);

    await vi.waitFor(
      () => expect(ids()).toEqual(expect.arrayContaining(messages.map(({ id }) => id))),
      within,
    );
    // The group may rebalance once more.
    await vi.waitFor(() => expect(subscription.notReadyReason()).toBeNull(), within);
    await vi.waitFor(async () => expect((await subscription.readLag())?.size).toBe(6), within);
    expect(await storedRecords(brokers(), topic)).toBeGreaterThanOrEqual(30);
    await connected.close();
  });

  it('keeps the order of a key after a call that timed out', async () => {
    const { handler, received } = recorder();
    const connected = await connectKafka(brokers(), handler, 1500);
    const { topic, publisher } = connected;
    await publishUntilSettled(publisher, [outboundMessage(topic, { key: 'one' })]);

    await kafka.pause();
    // On a busy machine it takes a while until the signal has stopped every thread.
    const readState = () =>
      execFileSync('ps', ['-o', 'state=', '-p', String(kafka.state().pid)], { encoding: 'utf8' });
    await vi.waitFor(() => expect(readState()).toMatch(/^T/), within);
    const stalled = outboundMessage(topic, { key: 'one' });
    const started = performance.now();
    const [outcome] = await publisher.publish([stalled]);
    const took = performance.now() - started;
    await kafka.resume();
    const next = outboundMessage(topic, { key: 'one' });
    await publishUntilSettled(publisher, [stalled]);
    await publishUntilSettled(publisher, [next]);

    expect(outcome?.status).toBe('unavailable');
    expect(took).toBeLessThan(2500);
    await vi.waitFor(() => expect(received.at(-1)?.id).toBe(next.id), within);
    const firstTimes = [...new Set(received.map(({ id }) => id))];
    expect(firstTimes.slice(-2)).toEqual([stalled.id, next.id]);
    await connected.close();
  });

  it('closes in time while the broker is down', async () => {
    const connected = await connectKafka(brokers(), recorder().handler);
    await publishUntilSettled(connected.publisher, [outboundMessage(connected.topic)]);
    await kafka.kill();
    const started = performance.now();

    await connected.close();

    expect(performance.now() - started).toBeLessThan(6000);
    await kafka.start();
  });
});
