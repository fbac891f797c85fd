import { expect, it } from 'vitest';
import { createOutageLog } from './outage-log.js';

function watched(graceMs = 0) {
  const lines: string[] = [];
  let time = 0;
  const write = (_: object, line: string) => lines.push(line);
  const logger = { debug: write, info: write, warn: write, error: write };
  const log = createOutageLog(logger, { away: 'away', back: 'back' }, graceMs, () => time);
  return { lines, log, pass: (ms: number) => (time += ms) };
}

it('writes one line when an outage begins and one when it ends', () => {
  const { lines, log } = watched();
  for (const reason of [null, 'refused', 'refused', 'timed out', null, null]) log.note(reason);
  expect(lines).toEqual(['away', 'back']);
});

it('says nothing of what is over within the grace', () => {
  const { lines, log, pass } = watched(3000);
  log.note('joining');
  pass(2999);
  log.note('joining');
  log.note(null);
  log.note('joining');
  pass(3000);
  log.note('joining');
  expect(lines).toEqual(['away']);
});
