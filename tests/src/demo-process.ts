// The demo as its users start it, on its own ports and in its own data folder.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts, poll, root } from '@lmt/stack';
import type { RunningDemo } from '@lmt/terminal';
import { execa } from 'execa';

/** The documented port of each variable. */
export const DOCUMENTED_PORTS = {
  ORDER_PORT: 3000,
  INVENTORY_PORT: 3001,
  CONSOLE_PORT: 3003,
  ORDER_INTERNAL_PORT: 3100,
  INVENTORY_INTERNAL_PORT: 3101,
  RELAY_PORT: 3102,
  CONSOLE_INTERNAL_PORT: 3103,
  POSTGRES_PORT: 54329,
  KAFKA_PORT: 9092,
  KAFKA_CONTROLLER_PORT: 9093,
};
/** Shorter waits than the defaults. The intervals differ, but they still grow. */
const PACE = { RESULT_DEADLINE_SECONDS: '2', RETRY_BASE_SECONDS: '1', RELAY_CRON: '* * * * * *' };

export type DemoProcess = Awaited<ReturnType<typeof createDemoProcess>>;

/** Chooses ports and a folder. `start` starts the demo and resolves when it is up. */
export async function createDemoProcess() {
  const folder = await mkdtemp(join(tmpdir(), 'lmt-demo-'));
  const free = await freePorts(Object.keys(DOCUMENTED_PORTS).length);
  const ports = Object.fromEntries(
    Object.keys(DOCUMENTED_PORTS).map((variable, index) => [variable, String(free[index])]),
  );
  const env: Readonly<Record<string, string>> = { ...PACE, ...ports, DEMO_DATA: folder };
  const lines: string[] = [];
  const stops: (() => Promise<unknown>)[] = [];

  function* collect(line: unknown) {
    lines.push(String(line));
    yield line;
  }

  async function start(): Promise<void> {
    // Runs in the process group of the tests, so Ctrl-C reaches it. It then stops its processes.
    const demo = execa(process.execPath, [join(root, 'scripts', 'run.mjs'), 'demo'], {
      env,
      cwd: root,
      stdin: 'ignore',
      stdout: [collect],
      stderr: [collect],
      forceKillAfterDelay: 60_000,
      reject: false,
    });
    stops.push(() => {
      demo.kill();
      return demo;
    });
    const isUp = () => {
      if (demo.exitCode !== null) throw new Error(`the demo exited:\n${lines.slice(-30).join('\n')}`);
      return lines.some((line) => line.startsWith('Ctrl-C stops everything'));
    };
    await poll('the demo is up', isUp, { seconds: 300 });
  }

  return {
    folder,
    env,
    ports,
    start,
    lines: () => lines,
    /** Runs `npm run demo -- ...` as from another terminal, and returns its output. */
    async command(...args: readonly string[]): Promise<string> {
      const script = join(root, 'scripts', 'run.mjs');
      return (await execa(process.execPath, [script, 'demo', ...args], { env, cwd: root })).stdout;
    },
    /** The addresses and logins of the running demo. */
    async read(): Promise<RunningDemo> {
      return JSON.parse(await readFile(join(folder, 'demo.json'), 'utf8'));
    },
    async close(): Promise<void> {
      for (const stop of stops) await stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
