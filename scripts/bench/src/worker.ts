// Load generators run in processes of their own, so that they neither wait for nor delay this one.
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Loads } from './load-worker.js';

const alive = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of alive) child.kill('SIGKILL');
});

type Task<Name extends keyof Loads> = Parameters<Loads[Name]>[0];
type Result<Name extends keyof Loads> = Awaited<ReturnType<Loads[Name]>>;

/** Resolves with the result of the load. Aborting kills the process. */
export function runInWorker<Name extends keyof Loads>(
  name: Name,
  task: Task<Name>,
  signal: AbortSignal,
): Promise<Result<Name>> {
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(new URL('load-worker.js', import.meta.url)), [name], {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    alive.add(child);
    const kill = () => child.kill('SIGKILL');
    signal.addEventListener('abort', kill, { once: true });
    let answer: { readonly result: Result<Name> } | null = null;
    child.once('message', (result) => {
      answer = { result: result as Result<Name> };
    });
    child.once('error', reject);
    child.once('exit', (code, exitSignal) => {
      alive.delete(child);
      signal.removeEventListener('abort', kill);
      if (signal.aborted) reject(signal.reason);
      else if (answer) resolve(answer.result);
      else
        reject(new Error(`the ${name} worker ended without a result (${exitSignal ?? `exit code ${code}`})`));
    });
    child.send(task);
  });
}
