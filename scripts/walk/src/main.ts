// npm run walk: runs the commands of the README and the walkthrough on a demo of its own and compares
// their output.
import { createCommand, runCommand } from '@lmt/terminal';
import { walkDemo } from './walk-demo.js';

await runCommand(
  createCommand('walk', 'Runs every command of the README and the walkthrough and checks its output').action(
    async () => {
      const steps = await walkDemo(console.log);
      console.log(`\n${steps} steps print what the README and the walkthrough show`);
    },
  ),
);
