// Runs load generators in processes of their own, so that they neither wait for nor delay this one.
import { fileURLToPath } from 'node:url';
import { execaNode, type Message } from 'execa';
import type { Loads } from './load-worker.js';

const file = fileURLToPath(new URL('load-worker.js', import.meta.url));

/** Resolves with the result of the load. Aborting kills the process. */
export async function runInWorker<Name extends keyof Loads>(
  name: Name,
  task: Parameters<Loads[Name]>[0] & Message,
  cancelSignal: AbortSignal,
) {
  const ipcInput: Message = task;
  const output = { stdout: 'ignore', stderr: 'inherit' } as const;
  const options = { ipcInput, ...output, cancelSignal, killSignal: 'SIGKILL' } as const;
  const { ipcOutput } = await execaNode(file, [name], options);
  return ipcOutput[0] as Awaited<ReturnType<Loads[Name]>>;
}
