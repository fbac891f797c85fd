// npm run messages: the message table of the order service, for operators. It imports nothing but Node, so
// that it also runs where only the services are installed.
import { runCommand } from './run-command.js';

// A reader that has seen enough, such as head: what was asked is done all the same.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

process.exitCode = await runCommand(process.argv.slice(2), {
  env: process.env,
  stdin: process.stdin,
  out: (text) => process.stdout.write(`${text}\n`),
  err: (text) => process.stderr.write(`${text}\n`),
  // Not stdout, which may go into a file.
  prompts: process.stderr,
  interactive: Boolean(process.stdin.isTTY && process.stderr.isTTY),
  now: Date.now,
});
