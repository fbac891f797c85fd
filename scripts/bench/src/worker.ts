// Runs load generators in processes of their own, so that they neither wait for nor delay this one.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Loads } from './load-worker.js';

type Task<Name extends keyof Loads> = Parameters<Loads[Name]>[0];
type Result<Name extends keyof Loads> = Awaited<ReturnType<Loads[Name]>>;

/** Resolves with the result of the load. Aborting kills the process. */
export async function runInWorker<Name extends keyof Loads>(
  name: Name,
  task: Task<Name>,
  signal: AbortSignal,
): Promise<Result<Name>> {
  signal.throwIfAborted();
  const child = fork(fileURLToPath(new URL('load-worker.js', import.meta.url)), [name], {
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    signal,
    killSignal: 'SIGKILL',
  });
  const results: Result<Name>[] = [];
  child.once('message', (result) => results.push(result as Result<Name>));
  child.send(task);
  const [code, exitSignal] = await once(child, 'exit');
  const [result] = results;
  if (result) return result;
  throw new Error(`the ${name} worker ended without a result (${exitSignal ?? `exit code ${code}`})`);
}
