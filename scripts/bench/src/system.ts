// Used by every phase: the running stack, its load generators, and the CPU of its processes.
import { fileURLToPath } from 'node:url';
import type { Stack } from '@lmt/stack';
import { execaNode, type Message } from 'execa';
import type { Client } from 'pg';
import type { Loads } from './load-worker.js';
import { measureUsage } from './process-usage.js';

export interface Bench {
  readonly stack: Stack;
  /** A superuser's connection to the order database. */
  readonly database: Client;
  readonly signal: AbortSignal;
  readonly log: (line: string) => void;
}

/** The process that reads the services' log lines. */
export const BENCH = 'bench (reads logs)';

const loadWorker = fileURLToPath(new URL('load-worker.js', import.meta.url));

/** Runs a load generator in its own process, so that neither process delays the other. */
export async function runInWorker<Name extends keyof Loads>(
  name: Name,
  task: Parameters<Loads[Name]>[0] & Message,
  cancelSignal: AbortSignal,
) {
  const ipcInput: Message = task;
  const output = { stdout: 'ignore', stderr: 'inherit' } as const;
  const options = { ipcInput, ...output, cancelSignal, killSignal: 'SIGKILL' } as const;
  const { ipcOutput } = await execaNode(loadWorker, [name], options);
  return ipcOutput[0] as Awaited<ReturnType<Loads[Name]>>;
}

/** Measures the stack and this process. */
export const measureSystem = <T>({ stack }: Pick<Bench, 'stack'>, work: () => Promise<T>) =>
  measureUsage(() => ({ ...stack.pids, [BENCH]: process.pid }), work);

/** Runs `work` while the named services are down, then starts them again. */
export async function runWithout<T>(
  { stack, signal }: Pick<Bench, 'stack' | 'signal'>,
  names: readonly string[],
  work: () => Promise<T>,
) {
  for (const name of names) await stack.stop(name);
  const result = await work();
  signal.throwIfAborted();
  await Promise.all(names.map((name) => stack.start(name)));
  await Promise.all(names.map((name) => stack.ready(name)));
  return result;
}

/** Stops the named processes with SIGSTOP while `work` runs. They keep their compiled code and connections. */
export async function runWhilePaused<T>(
  { stack }: Pick<Bench, 'stack'>,
  names: readonly string[],
  work: () => Promise<T>,
) {
  for (const name of names) await stack.pause(name);
  try {
    return await work();
  } finally {
    for (const name of names) await stack.resume(name);
  }
}

/** The processes of the system, without Kafka and this process. */
export const isCounted = (name: string) => !name.startsWith('kafka') && name !== BENCH;

/** Adds up the CPU seconds of the processes whose name `accept` accepts. */
export const sumCpu = (
  cpuSeconds: Readonly<Record<string, number>>,
  accept: (name: string) => boolean = () => true,
) => Object.entries(cpuSeconds).reduce((sum, [name, seconds]) => sum + (accept(name) ? seconds : 0), 0);
