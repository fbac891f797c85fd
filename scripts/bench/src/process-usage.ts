// What processes cost, as the operating system counts it: CPU time and memory.
import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const execute = promisify(execFile);

export type Usage = { cpuSeconds: number; memoryMb: number };
export type Row = { pid: number; parent: number; cpuSeconds: number; rssMb: number };
export type Snapshot = { pids: Record<string, number>; at: number; of: Record<string, Usage> };

let ticks: Promise<number> | undefined;
const ticksASecond = () => {
  ticks ??= execute('getconf', ['CLK_TCK']).then(
    ({ stdout }) => Number(stdout) || 100,
    () => 100,
  );
  return ticks;
};

/** Of /proc/PID/stat: the process's own time and that of its children that have ended. */
export function parseStat(stat: string) {
  // The command, in parentheses, may contain anything; the last parenthesis ends it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  // proc(5) counts from 1, and the first field here is its third.
  const field = (number: number) => Number(fields[number - 3]);
  return { parent: field(4), ticks: field(14) + field(15) + field(16) + field(17) };
}

/** `ps` writes [[days-]hours:]minutes:seconds[.hundredths]. */
export function parseCpuTime(time: string) {
  const [clock = '', days = '0'] = time.split('-').reverse();
  return clock.split(':').reduce((sum, part) => sum * 60 + Number(part), 0) + Number(days) * 86_400;
}

async function linuxProcesses(): Promise<Row[]> {
  const perSecond = await ticksASecond();
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const rows = await Promise.all(
    pids.map(async (pid) => {
      const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
      if (stat === null) return [];
      const { parent, ticks: used } = parseStat(stat);
      return [{ pid: Number(pid), parent, cpuSeconds: used / perSecond, rssMb: 0 }];
    }),
  );
  return rows.flat();
}

/** Elsewhere the time of children that have ended is not told. */
async function otherProcesses(): Promise<Row[]> {
  const { stdout } = await execute('ps', ['-A', '-o', 'pid=,ppid=,time=,rss=']);
  return stdout
    .trim()
    .split('\n')
    .map((line) => {
      const [pid, parent, time = '0', rss] = line.trim().split(/\s+/);
      return {
        pid: Number(pid),
        parent: Number(parent),
        cpuSeconds: parseCpuTime(time),
        rssMb: Number(rss) / 1_024,
      };
    });
}

/** Memory in use. What processes share, such as Postgres' buffers, counts once where the system tells. */
async function memoryOf(tree: Row[]) {
  let sum = 0;
  for (const { pid, rssMb } of tree) {
    if (process.platform === 'linux') {
      const file = tree.length > 1 ? 'smaps_rollup' : 'status';
      const text = await readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '');
      sum += Number(/^(?:Pss|VmRSS):\s+(\d+) kB/m.exec(text)?.[1] ?? 0) / 1_024;
    } else sum += rssMb;
  }
  return sum;
}

/** A process and everything below it. */
export function treeOf(rows: Row[], pid: number): Row[] {
  const own = rows.filter((row) => row.pid === pid);
  return [...own, ...rows.filter(({ parent }) => parent === pid).flatMap((row) => treeOf(rows, row.pid))];
}

/** This process alone: its children are counted by themselves. */
function ownUsage(): Usage {
  const { user, system } = process.cpuUsage();
  return { cpuSeconds: (user + system) / 1e6, memoryMb: process.memoryUsage.rss() / 2 ** 20 };
}

/** Of processes with what is below them, of this one without. */
export async function takeSnapshot(pids: Record<string, number>): Promise<Snapshot> {
  const rows = await (process.platform === 'linux' ? linuxProcesses() : otherProcesses());
  const at = performance.now();
  const of: Record<string, Usage> = {};
  for (const [name, pid] of Object.entries(pids)) {
    const tree = treeOf(rows, pid);
    const cpuSeconds = tree.reduce((sum, row) => sum + row.cpuSeconds, 0);
    of[name] = pid === process.pid ? ownUsage() : { cpuSeconds, memoryMb: await memoryOf(tree) };
  }
  return { pids, at, of };
}

/** CPU seconds between two snapshots, by process, and how long that was. */
export function usedBetween(before: Snapshot, after: Snapshot) {
  const cpuSeconds: Record<string, number> = {};
  for (const [name, pid] of Object.entries(before.pids)) {
    if (after.pids[name] !== pid) throw new Error(`${name} was restarted while it was measured`);
    cpuSeconds[name] = (after.of[name]?.cpuSeconds ?? 0) - (before.of[name]?.cpuSeconds ?? 0);
  }
  return { seconds: (after.at - before.at) / 1_000, cpuSeconds };
}
