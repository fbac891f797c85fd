// Loaded with --import before a service whose environment has FAIL_POINTS.
import { writeSync } from 'node:fs';
import { handleFailPoints } from '@lmt/resilience';
import { createFailPointHandler, parseFailPoints } from './arm-fail-points.js';
import { FAIL_POINTS } from './fail-points.js';

const armed = parseFailPoints(process.env.FAIL_POINTS ?? '', Object.values(FAIL_POINTS).flat());

handleFailPoints(
  createFailPointHandler(armed, {
    // Synchronous: the process may be killed on the next line.
    log: (entry) => writeSync(1, `${JSON.stringify({ level: 'warn', ...entry, msg: 'fail-point' })}\n`),
    signal: (signal) => process.kill(process.pid, signal),
  }),
);
