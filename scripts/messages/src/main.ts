// npm run messages: the message table of the order service, for operators. It is installed in the
// image of the services, so it imports nothing that only a developer has.
import { runMessages } from './run-messages.js';

// A reader such as head may close the pipe early. The command completes all the same.
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
});
