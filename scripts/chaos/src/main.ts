// npm run chaos: breaks its own system with faults chosen by a seed, and checks every promise.
import { runCommand, untilInterrupted } from '@lmt/terminal';
import { createChaosCommand } from './chaos-command.js';
import { runChaos } from './run-chaos.js';

const LINES_SHOWN = 60;

const command = createChaosCommand((options) =>
  untilInterrupted(async (signal) => {
    const violations = await runChaos(options, console.log, signal);
    for (const line of violations.slice(0, LINES_SHOWN)) console.log(line);
    if (violations.length > LINES_SHOWN) console.log(`and ${violations.length - LINES_SHOWN} more`);
    console.log(violations.length === 0 ? 'every promise holds' : `\n${violations.length} violations`);
    if (violations.length > 0) process.exitCode = 1;
  }),
);

await runCommand(command);
