// npm run compose-walk: what the README says of docker compose, done on the Docker engine of this machine, in
// projects of its own: nothing of a running one is touched. Without an engine it says so, and succeeds
// unless CI=true.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from '@lmt/stack';
import type { Project } from './project.js';
import { createProject, engineProblem } from './project.js';
import { walk } from './walk.js';
import { walkCompose } from './walk-compose.js';

const signals: NodeJS.Signals[] = ['SIGINT', 'SIGTERM'];
const started = performance.now();
const say = (line: string) =>
  console.log(`${String(Math.round((performance.now() - started) / 1_000)).padStart(4)} s  ${line}`);

async function inProject(work: (project: Project) => Promise<void>) {
  const project = await createProject();
  const interrupted = () => {
    say('interrupted; removing what was made');
    project.removeNow();
    process.exit(130);
  };
  for (const signal of signals) process.on(signal, interrupted);
  try {
    await work(project);
  } catch (error) {
    // The walk's own error counts, whether or not there are logs.
    const logs = ['logs', '--tail=40', 'order', 'relay', 'inventory', 'migrate'];
    console.error(await project.compose(logs).catch(() => ''));
    throw error;
  } finally {
    for (const signal of signals) process.off(signal, interrupted);
    project.removeNow();
  }
}

const parts = {
  readme: () =>
    inProject(async (project) => {
      const readme = await readFile(join(root, 'README.md'), 'utf8');
      const steps = await walkCompose(readme, { project, say });
      say(`${steps} steps of the README do what it says`);
    }),
  kills: () => inProject((project) => walk(project, say)),
};

async function main() {
  const wanted = process.argv.slice(2);
  const unknown = wanted.filter((name) => !(name in parts));
  if (unknown.length > 0) throw new Error(`unknown part ${unknown.join(', ')}: readme | kills`);
  const problem = await engineProblem();
  if (problem) {
    console.log(`compose walk: skipped, ${problem}`);
    // As with the tests: there nothing may be left out.
    if (process.env.CI === 'true') process.exitCode = 1;
    return;
  }
  for (const [name, part] of Object.entries(parts)) {
    if (wanted.length === 0 || wanted.includes(name)) await part();
  }
  say('compose walk: ok');
}

await main().catch((error) => {
  console.error(error.message);
  process.exitCode ||= 1;
});
