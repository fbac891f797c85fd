// CPU time and memory of processes, as the operating system reports them.
import { readdir, readFile } from 'node:fs/promises';
import { execa } from 'execa';

interface ProcessRow {
  readonly pid: number;
  readonly parent: number;
  readonly cpuSeconds: number;
  readonly rssMb: number;
}

/** Linux reports CPU time in hundredths of a second on every architecture that Node supports. */
const TICKS_PER_SECOND = 100;

/** Returns the CPU seconds of this process since `start`, or since the process started. */
export function cpuSecondsSince(start?: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1e6;
}

/** Parses /proc/PID/stat. The ticks include those of children that have ended. */
export function parseStat(stat: string): { readonly parent: number; readonly ticks: number } {
  // The command name, in parentheses, may contain any character. The last parenthesis ends it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  // Reads fields 4 and 14 to 17 of proc(5). fields[0] is field 3 there.
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  return { parent: Number(fields[1]), ticks };
}

/** Parses a CPU time from `ps`: [[days-]hours:]minutes:seconds[.hundredths]. */
export function parseCpuTime(time: string): number {
  const [clock = '', days = '0'] = time.split('-').reverse();
  return clock.split(':').reduce((sum, part) => sum * 60 + Number(part), 0) + Number(days) * 86_400;
}

async function listLinuxProcesses(): Promise<ProcessRow[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const rows = pids.map(async (pid) => {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
    if (stat === null) return [];
    const { parent, ticks } = parseStat(stat);
    return [{ pid: Number(pid), parent, cpuSeconds: ticks / TICKS_PER_SECOND, rssMb: 0 }];
  });
  return (await Promise.all(rows)).flat();
}

/** Outside Linux, the result excludes the CPU time of children that have ended. */
async function listOtherProcesses(): Promise<ProcessRow[]> {
  const { stdout } = await execa('ps', ['-A', '-o', 'pid=,ppid=,time=,rss='], { lines: true });
  return stdout.map((line) => {
    const [pid, parent, time = '0', rss] = line.trim().split(/\s+/);
    const cpuSeconds = parseCpuTime(time);
    return { pid: Number(pid), parent: Number(parent), cpuSeconds, rssMb: Number(rss) / 1_024 };
  });
}

/** Sums the memory in use. On Linux, shared memory such as Postgres' buffers counts once. */
async function measureMemory(tree: readonly ProcessRow[]) {
  let sum = 0;
  for (const { pid, rssMb } of tree) {
    const file = tree.length > 1 ? 'smaps_rollup' : 'status';
    const text = await readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '');
    sum += rssMb + Number(/^(?:Pss|VmRSS):\s+(\d+) kB/m.exec(text)?.[1] ?? 0) / 1_024;
  }
  return sum;
}

/** Returns how often a process gave up the CPU to wait, as /proc/PID/task/TID/status reports it. */
export const parseWaits = (status: string): number =>
  Number(/^voluntary_ctxt_switches:\s+(\d+)/m.exec(status)?.[1] ?? 0);

/** Sums the waits of all threads. Each ends with a wake-up. 0 outside Linux. */
async function countWaits(tree: readonly ProcessRow[]) {
  let sum = 0;
  for (const { pid } of tree) {
    for (const thread of await readdir(`/proc/${pid}/task`).catch(() => [])) {
      sum += parseWaits(await readFile(`/proc/${pid}/task/${thread}/status`, 'utf8').catch(() => ''));
    }
  }
  return sum;
}

/** Selects a process and its descendants. */
export function selectTree(rows: readonly ProcessRow[], pid: number): ProcessRow[] {
  const own = rows.filter((row) => row.pid === pid);
  return [...own, ...rows.filter(({ parent }) => parent === pid).flatMap((row) => selectTree(rows, row.pid))];
}

async function takeSnapshot(pids: Readonly<Record<string, number>>) {
  const rows = await (process.platform === 'linux' ? listLinuxProcesses() : listOtherProcesses());
  const at = performance.now();
  const cpuSeconds: Record<string, number> = {};
  const memoryMb: Record<string, number> = {};
  const waits: Record<string, number> = {};
  for (const [name, pid] of Object.entries(pids)) {
    const isSelf = pid === process.pid;
    const tree = selectTree(rows, pid);
    cpuSeconds[name] = isSelf ? cpuSecondsSince() : tree.reduce((sum, row) => sum + row.cpuSeconds, 0);
    memoryMb[name] = isSelf ? process.memoryUsage.rss() / 2 ** 20 : await measureMemory(tree);
    waits[name] = await countWaits(isSelf ? tree.slice(0, 1) : tree);
  }
  return { pids, at, cpuSeconds, memoryMb, waits };
}

/**
 * Runs `work`. Measures the CPU seconds that each process uses meanwhile, how often it waits, and its
 * memory at the end.
 * Includes the descendants of each process except this one, whose descendants are measured by name.
 *
 * @param readPids returns the pids by name; called before and after `work`
 */
export async function measureUsage<T>(
  readPids: () => Readonly<Record<string, number>>,
  work: () => Promise<T>,
) {
  const before = await takeSnapshot(readPids());
  const result = await work();
  const after = await takeSnapshot(readPids());
  const cpuSeconds: Record<string, number> = {};
  const waits: Record<string, number> = {};
  for (const [name, pid] of Object.entries(before.pids)) {
    if (after.pids[name] !== pid) throw new Error(`${name} was restarted during the measurement`);
    cpuSeconds[name] = (after.cpuSeconds[name] ?? 0) - (before.cpuSeconds[name] ?? 0);
    waits[name] = (after.waits[name] ?? 0) - (before.waits[name] ?? 0);
  }
  const seconds = (after.at - before.at) / 1_000;
  return { result, seconds, cpuSeconds, waits, memoryMb: after.memoryMb };
}
