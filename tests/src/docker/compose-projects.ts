// vitest globalSetup of the docker tests: names the compose projects of this run and removes them
// at its end, even if the run fails or is interrupted.
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { root } from '@lmt/stack';
import type {} from 'vitest';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** Why no compose project can run here, or null. */
    dockerUnavailable: string | null;
    /** Each test file adds a suffix of its own. */
    composeProject: string;
  }
}

const succeeds = (...args: string[]) => spawnSync('docker', args).status === 0;

function engineProblem(): string | null {
  if (!succeeds('info')) return 'no Docker engine answers here';
  return succeeds('compose', 'version') ? null : 'docker has no compose here';
}

export default function nameComposeProjects(project: TestProject) {
  const problem = engineProblem();
  const prefix = `lmt-walk-${randomBytes(3).toString('hex')}`;
  project.provide('dockerUnavailable', problem);
  project.provide('composeProject', prefix);
  if (problem !== null) {
    if (process.env.CI === 'true') throw new Error(`the docker tests need an engine: ${problem}`);
    console.log(`docker tests: skipped, ${problem}`);
    return;
  }
  function removeAll() {
    const filter = `--filter=name=${prefix}`;
    const { stdout } = spawnSync('docker', ['compose', 'ls', '--all', '--quiet', filter], {
      encoding: 'utf8',
    });
    for (const name of stdout.split('\n').filter(Boolean)) {
      const down = [
        'compose',
        `--project-name=${name}`,
        '--profile=tools',
        'down',
        '--volumes',
        '--timeout=1',
      ];
      spawnSync('docker', down, { cwd: root });
    }
  }
  // An interrupted vitest runs only the 'exit' handlers. SIGHUP would skip even those.
  process.once('exit', removeAll);
  process.once('SIGHUP', () => process.exit(129));
}
