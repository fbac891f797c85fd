// The entry point of a load generator's process: receives a task, sends the result, ends.
import { closedLoop } from './closed-loop.js';
import { openLoop } from './open-loop.js';
import { sqlLoop } from './sql-loop.js';

const loads = { closedLoop, openLoop, sqlLoop };
export type Loads = typeof loads;

const run = new Map<string, (task: never) => Promise<object>>(Object.entries(loads)).get(
  process.argv[2] ?? '',
);

// Ctrl-C in a terminal reaches this process too. The parent ends it.
process.on('SIGINT', () => {});
process.once('disconnect', () => process.exit());
process.once('message', async (task) => {
  try {
    const result = await run?.(task as never);
    process.send?.(result, () => process.exit());
  } catch (error) {
    console.error(error);
    process.exit(1);
  }
});
