// npm run promtool: checks and tests the rules for Prometheus with promtool, which must be installed.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ArgumentError, createCommand, runCommand } from '@lmt/terminal';
import { execa } from 'execa';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const folder = 'observability/prometheus';
const list = (name: string) =>
  readdirSync(join(root, folder, name)).map((file) => `${folder}/${name}/${file}`);

async function promtool(args: readonly string[]): Promise<void> {
  const { code, exitCode } = await execa('promtool', args, { cwd: root, stdio: 'inherit', reject: false });
  if (code === 'ENOENT') throw new ArgumentError('promtool is not installed. It is part of Prometheus.');
  if (exitCode !== 0) process.exitCode = 1;
}

const program = createCommand(
  'promtool',
  'Checks the configuration and the rules for Prometheus, and tests the rules.',
);
program.action(async () => {
  await promtool(['check', 'config', `${folder}/prometheus.yml`]);
  await promtool(['test', 'rules', ...list('tests')]);
});
await runCommand(program);
