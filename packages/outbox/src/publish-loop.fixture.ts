import { setImmediate as nextTurn } from 'node:timers/promises';
import { createPublishLoop, type PublishLoopOptions } from './publish-loop.js';
import { publishOptions, type ScriptedPublisher } from './scripted-publisher.fixture.js';
import type { Sql } from './sql.js';

/** Creates a publish loop that records its pauses instead of waiting. */
export function createTestLoop(
  sql: Sql,
  publisher: ScriptedPublisher,
  options: Partial<PublishLoopOptions> = {},
) {
  const pauses: number[] = [];
  const events: string[] = [];
  const loop = createPublishLoop({
    ...publishOptions(sql, publisher),
    stallMs: 30_000,
    monotonicNow: () => pauses.reduce((sum, pause) => sum + pause, 0),
    async sleep(ms) {
      pauses.push(ms);
      await nextTurn();
    },
    observer: {
      batchPublished: ({ claimed }) => void (claimed > 0 && events.push(`batch of ${claimed}`)),
      brokerUnavailable: (reason) => events.push(`unavailable: ${reason}`),
      brokerAvailable: (downForMs) => events.push(`available after ${downForMs} ms`),
      databaseFailed: () => events.push('database failed'),
    },
    ...options,
  });
  return { loop, pauses, events };
}
