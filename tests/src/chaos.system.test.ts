import { runChaos } from '@lmt/chaos';
import { expect, it } from 'vitest';
import { withoutKafka } from './system.fixture.js';

// Of this seed: another one a day would find more, and fail where nobody changed anything.
const SEED = 7;
const SECONDS = 45;

it.skipIf(withoutKafka !== null)(
  'keeps every promise through a minute of random faults, and comes to an end afterwards',
  { timeout: 600_000 },
  async () => {
    const wrong = await runChaos({
      seconds: SECONDS,
      seed: SEED,
      broker: 'kafka',
      keep: false,
      say: (line: string) => console.log(line),
      signal: new AbortController().signal,
    });
    expect(wrong).toEqual([]);
  },
);
