// npm run compose-walk: tries the documented Docker commands, then kills each container under load. Runs
// in compose projects of its own. Without a Docker engine it is skipped, which CI=true turns into a failure.
import { Argument, createCommand, runCommand, untilInterrupted } from '@lmt/terminal';
import { killWalk } from './kill-walk.js';
import { createProject, engineProblem, type Project } from './project.js';
import { walkCompose } from './walk-compose.js';

const started = performance.now();
const log = (line: string) =>
  console.log(`${String(Math.round((performance.now() - started) / 1_000)).padStart(4)} s  ${line}`);

const PARTS = {
  docs: async (project: Project) => {
    const steps = await walkCompose(project, log);
    log(`${steps} steps print what the README and the walkthrough show`);
  },
  kills: (project: Project) => killWalk(project, log),
};
type Part = keyof typeof PARTS;
const names = Object.keys(PARTS) as Part[];

async function runPart(part: Part, signal: AbortSignal) {
  const project = await createProject(signal);
  try {
    await PARTS[part](project);
  } catch (error) {
    if (!signal.aborted) console.error(await project.recentLogs().catch(() => ''));
    throw error;
  } finally {
    await project.remove();
  }
}

const command = createCommand('compose-walk', 'Tries docker-compose.yml on the Docker engine of this machine')
  .addArgument(new Argument('[parts...]', 'the parts to run').choices(names).default(names))
  .action((parts: readonly Part[]) =>
    untilInterrupted(async (signal) => {
      const problem = await engineProblem();
      if (problem !== null) {
        console.log(`compose walk: skipped, ${problem}`);
        if (process.env.CI === 'true') process.exitCode = 1;
        return;
      }
      for (const part of parts) await runPart(part, signal);
      log('compose walk: ok');
    }),
  );

await runCommand(command);
