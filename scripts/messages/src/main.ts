// npm run messages: lets operators read the order service's messages and decide about them. The
// services' image contains it, so it must not import development dependencies.
import { setTimeout } from 'node:timers/promises';
import { runMessages } from './run-messages.js';

// A reader such as head may close the pipe early. The command still completes.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

process.exitCode = await runMessages(process.argv.slice(2), {
  env: process.env,
  stdin: process.stdin,
  out: (text) => process.stdout.write(`${text}\n`),
  err: (text) => process.stderr.write(`${text}\n`),
  prompts: process.stderr,
  isInteractive: Boolean(process.stdin.isTTY && process.stderr.isTTY),
  now: Date.now,
  pause: (ms) => setTimeout(ms),
});
