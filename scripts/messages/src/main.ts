// npm run messages: shows operators the order service's message table and changes dead letters. The
// services' image contains this command, so it must not import development dependencies.
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
});
