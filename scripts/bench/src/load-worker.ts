// The entry point of a load generator process, which receives a task, sends its result and exits.
import { getOneMessage, sendMessage } from 'execa';
import { closedLoop } from './closed-loop.js';
import { openLoop } from './open-loop.js';
import { openPages } from './open-pages.js';
import { rawPublish } from './raw-publish.js';

const loads = { closedLoop, openLoop, openPages, rawPublish };
export type Loads = typeof loads;

// Ctrl-C in a terminal also reaches this process, which ignores it because the parent ends it.
process.on('SIGINT', () => {});
process.once('disconnect', () => process.exit());
const task = await getOneMessage();
await sendMessage(await loads[process.argv[2] as keyof Loads](task as never));
process.exit();
