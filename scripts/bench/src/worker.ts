// Load generators are processes of their own, so that they neither wait for nor delay anything here.
import type { ChildProcess, Serializable } from 'node:child_process';
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const alive: Set<ChildProcess> = new Set();
process.once('exit', () => {
  for (const child of alive) child.kill('SIGKILL');
});

/**
 * Starts a worker, gives it a task and resolves with its answer. Aborting kills it.
 *
 * @param file beside this one
 */
export function runWorker(file: string, task: unknown, signal: AbortSignal): Promise<any> {
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(new URL(file, import.meta.url)), {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    alive.add(child);
    const kill = () => child.kill('SIGKILL');
    signal.addEventListener('abort', kill, { once: true });
    let answered: { answer: unknown } | null = null;
    child.once('message', (answer) => {
      answered = { answer };
    });
    child.once('error', reject);
    child.once('exit', (code, ended) => {
      alive.delete(child);
      signal.removeEventListener('abort', kill);
      if (signal.aborted) reject(signal.reason);
      else if (answered) resolve(answered.answer);
      else reject(new Error(`the worker ${file} ended without an answer (${ended ?? `exit code ${code}`})`));
    });
    child.send(task as Serializable);
  });
}

/** The worker's side: does the task, answers, ends. */
export function answerTask(work: (task: any) => Promise<unknown>) {
  // Ctrl-C in a terminal comes here too; the parent ends this process.
  process.on('SIGINT', () => {});
  process.once('disconnect', () => process.exit());
  process.once('message', async (task) => {
    try {
      const answer = await work(task);
      process.send?.(answer, () => process.exit());
    } catch (error) {
      console.error(error);
      process.exit(1);
    }
  });
}

/** CPU seconds of this process since `start`, a process.cpuUsage(). */
export function cpuSecondsSince(start: NodeJS.CpuUsage) {
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1e6;
}
