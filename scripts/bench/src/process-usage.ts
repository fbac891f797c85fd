// CPU time and memory of processes, as the operating system reports them.
import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const execute = promisify(execFile);

interface Usage {
  readonly cpuSeconds: number;
  readonly memoryMb: number;
}

export interface ProcessRow {
  readonly pid: number;
  readonly parent: number;
  readonly cpuSeconds: number;
  readonly rssMb: number;
}

export interface Snapshot {
  readonly pids: Readonly<Record<string, number>>;
  /** Milliseconds of the monotonic clock. */
  readonly at: number;
  readonly usage: Readonly<Record<string, Usage>>;
}

/** CPU seconds of this process since `start`, a process.cpuUsage(). */
export function cpuSecondsSince(start?: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1e6;
}

/** Parses /proc/PID/stat. The ticks include those of children that have ended. */
export function parseStat(stat: string): { readonly parent: number; readonly ticks: number } {
  // The command, in parentheses, may contain any character. The last parenthesis ends it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  // proc(5) counts from 1, and the first field here is its third.
  const field = (number: number) => Number(fields[number - 3]);
  return { parent: field(4), ticks: field(14) + field(15) + field(16) + field(17) };
}

/** Parses the format of `ps`: [[days-]hours:]minutes:seconds[.hundredths]. */
export function parseCpuTime(time: string): number {
  const [clock = '', days = '0'] = time.split('-').reverse();
  return clock.split(':').reduce((sum, part) => sum * 60 + Number(part), 0) + Number(days) * 86_400;
}

async function listLinuxProcesses(): Promise<ProcessRow[]> {
  const ticksPerSecond = await execute('getconf', ['CLK_TCK']).then(
    ({ stdout }) => Number(stdout) || 100,
    () => 100,
  );
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const rows = await Promise.all(
    pids.map(async (pid) => {
      const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
      if (stat === null) return [];
      const { parent, ticks } = parseStat(stat);
      return [{ pid: Number(pid), parent, cpuSeconds: ticks / ticksPerSecond, rssMb: 0 }];
    }),
  );
  return rows.flat();
}

/** On other systems the CPU time of children that have ended is missing. */
async function listOtherProcesses(): Promise<ProcessRow[]> {
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

/** Memory in use. On Linux, memory that processes share, such as Postgres' buffers, counts once. */
async function measureMemory(tree: readonly ProcessRow[]) {
  if (process.platform !== 'linux') return tree.reduce((sum, { rssMb }) => sum + rssMb, 0);
  let sum = 0;
  for (const { pid } of tree) {
    const file = tree.length > 1 ? 'smaps_rollup' : 'status';
    const text = await readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '');
    sum += Number(/^(?:Pss|VmRSS):\s+(\d+) kB/m.exec(text)?.[1] ?? 0) / 1_024;
  }
  return sum;
}

/** Selects a process and its descendants. */
export function selectTree(rows: readonly ProcessRow[], pid: number): ProcessRow[] {
  const own = rows.filter((row) => row.pid === pid);
  return [...own, ...rows.filter(({ parent }) => parent === pid).flatMap((row) => selectTree(rows, row.pid))];
}

/** Includes the descendants of each process, except those of this one, which have names. */
export async function takeSnapshot(pids: Readonly<Record<string, number>>): Promise<Snapshot> {
  const rows = await (process.platform === 'linux' ? listLinuxProcesses() : listOtherProcesses());
  const at = performance.now();
  const usage: Record<string, Usage> = {};
  for (const [name, pid] of Object.entries(pids)) {
    if (pid === process.pid) {
      usage[name] = { cpuSeconds: cpuSecondsSince(), memoryMb: process.memoryUsage.rss() / 2 ** 20 };
      continue;
    }
    const tree = selectTree(rows, pid);
    const cpuSeconds = tree.reduce((sum, row) => sum + row.cpuSeconds, 0);
    usage[name] = { cpuSeconds, memoryMb: await measureMemory(tree) };
  }
  return { pids, at, usage };
}

/** The time between two snapshots, and the CPU seconds that each process used in it. */
export function usedBetween(before: Snapshot, after: Snapshot) {
  const cpuSeconds: Record<string, number> = {};
  for (const [name, pid] of Object.entries(before.pids)) {
    if (after.pids[name] !== pid) throw new Error(`${name} was restarted during the measurement`);
    cpuSeconds[name] = (after.usage[name]?.cpuSeconds ?? 0) - (before.usage[name]?.cpuSeconds ?? 0);
  }
  return { seconds: (after.at - before.at) / 1_000, cpuSeconds };
}
