// The demo, on its own ports and in its own data folder.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts, poll, root } from '@lmt/stack';
import { execa } from 'execa';
import type { Subject } from './run-walk.js';

const PORTS = {
  ORDER_PORT: 3000,
  INVENTORY_PORT: 3001,
  ORDER_INTERNAL_PORT: 3100,
  INVENTORY_INTERNAL_PORT: 3101,
  RELAY_PORT: 3102,
  POSTGRES_PORT: 54329,
  KAFKA_PORT: 9092,
  KAFKA_CONTROLLER_PORT: 9093,
};
/** Shorter waits than the defaults. The logged intervals differ, but they still grow. */
const PACE = { RESULT_DEADLINE_SECONDS: '2', RETRY_BASE_SECONDS: '1', RELAY_CRON: '* * * * * *' };

export async function openDemo(): Promise<Subject> {
  const folder = await mkdtemp(join(tmpdir(), 'lmt-walk-'));
  const free = await freePorts(Object.keys(PORTS).length);
  const ports = Object.entries(PORTS).map(([variable, documented], index) => ({
    variable,
    documented,
    actual: String(free[index]),
  }));
  const env = {
    ...PACE,
    ...Object.fromEntries(ports.map(({ variable, actual }) => [variable, actual])),
    DEMO_DATA: folder,
  };
  const lines: string[] = [];
  const stops: (() => Promise<unknown>)[] = [];

  function* collect(line: unknown) {
    lines.push(String(line));
    yield line;
  }

  async function start(command: string) {
    if (command !== 'npm run demo') return false;
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
    return true;
  }

  function adapt(command: string) {
    let adapted = command.replaceAll('.data/', `${folder}/`);
    for (const { documented, actual } of ports) {
      adapted = adapted.replaceAll(`127.0.0.1:${documented}`, `127.0.0.1:${actual}`);
    }
    return adapted;
  }

  async function close() {
    for (const stop of stops) await stop();
    await rm(folder, { recursive: true, force: true });
  }

  return { start, close, lines: () => lines, adapt, env };
}
