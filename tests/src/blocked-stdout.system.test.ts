import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it, onTestFinished } from 'vitest';

/** A service whose route logs a hundred lines of 1 KB and answers with the memory that it uses. */
const SERVICE = `
const { runService } = await import(process.argv[1]);
const data = { LOG_LEVEL: 'info', LOG_FORMAT: 'json', INTERNAL_HOST: '127.0.0.1', INTERNAL_PORT: 0 };
await runService({
  name: 'test',
  config: { safeParse: () => ({ success: true, data }) },
  async start({ logger, internal }) {
    let line = 0;
    internal.routes((router) => router.get('/log', (_request, response) => {
      for (let count = 0; count < 100; count += 1) logger.info({ line: line++, text: 'x'.repeat(1_000) }, 'm');
      response.end(String(process.memoryUsage().rss));
    }));
  },
});
`;

const MB = 1_000_000;

/** Starts the service. Reads its output up to the line with its URL, then stops reading. */
async function startUnread() {
  const kit = import.meta.resolve('@lmt/service-kit');
  const child = spawn(process.execPath, ['--input-type=module', '-e', SERVICE, kit], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [up] = (await once(child.stdout, 'data')) as [Buffer];
  child.stdout.pause();
  const url = String(JSON.parse(up.toString()).internal);
  return { child, url, log: async () => Number(await (await fetch(`${url}/log`)).text()) };
}

/** Reads the output to its end. */
async function readAll({ stdout }: ChildProcess): Promise<Record<string, unknown>[]> {
  let text = '';
  for await (const chunk of stdout ?? []) text += chunk;
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

describe('a service whose standard output is not read', () => {
  it('blocked-stdout: answers, drops log lines and reports their number when its reader resumes', async () => {
    const { child, url, log } = await startUnread();
    const before = await log();
    for (let request = 1; request < 200; request += 1) await log();
    expect((await log()) - before).toBeLessThan(80 * MB);
    const metrics = await (await fetch(`${url}/metrics`)).text();
    const counted = Number(/^log_lines_dropped_total\{.*\} (\d+)$/m.exec(metrics)?.[1]);
    expect(counted).toBeGreaterThan(10_000);

    const reading = readAll(child);
    child.kill('SIGTERM');
    const lines = await reading;
    expect(child.exitCode ?? (await once(child, 'exit'))[0]).toBe(0);
    const numbers = lines.flatMap(({ line }) => (typeof line === 'number' ? [line] : []));
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
    expect(numbers.at(-1)).toBe(20_099);
    const report = lines.find(({ msg }) => msg === 'log lines dropped: standard output was not read');
    expect(report).toMatchObject({ level: 'warn', lines: counted });
    expect(numbers.length + counted).toBe(20_100);
    expect(lines.map(({ msg }) => msg)).toContain('stopped');
  });

  it('blocked-stdout: shuts down in time without a reader', async () => {
    const { child, log } = await startUnread();
    for (let request = 0; request < 10; request += 1) await log();
    const began = performance.now();
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect(performance.now() - began).toBeLessThan(5_000);
  });

  it('blocked-stdout: answers and shuts down after its reader exits', async () => {
    const { child, log } = await startUnread();
    child.stdout.destroy();
    for (let request = 0; request < 3; request += 1) expect(await log()).toBeGreaterThan(0);
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
  });
});
