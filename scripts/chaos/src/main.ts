// npm run chaos: breaks a system of its own, as the seed decides, and checks that it keeps its promises.
import { runCommand, untilInterrupted } from '@lmt/terminal';
import { createChaosCommand } from './chaos-command.js';
import { runChaos } from './run-chaos.js';

const LINES_SHOWN = 60;

const command = createChaosCommand(({ seed = Math.floor(Math.random() * 1_000_000), ...chaos }) =>
  untilInterrupted(async (signal) => {
    const wrong = await runChaos({ ...chaos, seed, log: console.log, signal });
    for (const line of wrong.slice(0, LINES_SHOWN)) console.log(line);
    if (wrong.length > LINES_SHOWN) console.log(`and ${wrong.length - LINES_SHOWN} more`);
    console.log(wrong.length === 0 ? 'every promise holds' : `\n${wrong.length} violations`);
    if (wrong.length > 0) process.exitCode = 1;
  }),
);

await runCommand(command);
