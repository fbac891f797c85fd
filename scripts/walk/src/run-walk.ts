// Does what the README says, command by command, and compares what is printed with what it promises.
import { spawn } from 'node:child_process';
import { poll, root } from '@lmt/stack';
import { matchLine } from './match-line.js';
import { stepsOf, translation } from './read-walk.js';

/** The system under the walk: how it is started, and what its services have logged so far. */
export interface Subject {
  path: 'demo' | 'compose';
  /** starts it if this command is the one for that */
  start: (command: string) => Promise<boolean>;
  lines: () => readonly string[];
  /** puts the ports and folders of this run into a command */
  adapt: (command: string) => string;
  env: NodeJS.ProcessEnv;
}

const logSeconds = 90;
const readSeconds = 30;

// As at a terminal: no progress meter; and each answer on a line of its own.
const curl = 'curl() { command curl --silent --show-error --write-out "\\n" "$@"; }';

function shell(command: string, env: NodeJS.ProcessEnv): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn('bash', ['-euo', 'pipefail', '-c', `${curl}\n${command}`], {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        output += chunk;
      });
    }
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, output }));
  });
}

/** Asked again, it changes nothing: what it shows may take a moment to come about. */
function onlyReads(command: string) {
  return command
    .split('\n')
    .every((line) => /^(#|curl (?!.*( -d | -X ))|.*\b(verify|list|show|stats|status|ps)\b)/.test(line));
}

/**
 * Whether `printed` holds the promised lines: in this order for a command's output, in any order for
 * logs of several processes. Adds what it learns to `ids`, if they all are there.
 *
 * @returns the first promised line that is missing
 */
function missingLine(
  promised: readonly string[],
  printed: readonly string[],
  ids: Map<string, string>,
  { inOrder }: { inOrder: boolean },
): string | null {
  const learned = new Map(ids);
  const rest = [...printed];
  for (const line of promised) {
    const index = rest.findIndex((candidate) => matchLine(line, candidate, learned) !== null);
    if (index < 0) return line;
    for (const [id, actual] of matchLine(line, rest[index] ?? '', learned) ?? []) learned.set(id, actual);
    rest.splice(inOrder ? 0 : index, inOrder ? index + 1 : 1);
  }
  for (const [id, actual] of learned) ids.set(id, actual);
  return null;
}

/**
 * @returns how many steps were taken
 * @throws at the first step that does not do what the README says, with both texts
 */
export async function runWalk(
  readme: string,
  subject: Subject,
  say: (line: string) => void,
): Promise<number> {
  const translated = subject.path === 'demo' ? translation(readme) : (text: string) => text;
  const steps = stepsOf(readme, subject.path);
  const ids: Map<string, string> = new Map();

  for (const { command: written, line, output: promised, log } of steps) {
    let command = translated(written);
    for (const [id, actual] of ids) command = command.replaceAll(id, actual);
    say(`\n${line}: ${command}`);
    const since = subject.lines().length;
    let printed = '';
    let missing: string | null = null;

    const attempt = async () => {
      const { code, output } = await shell(subject.adapt(command), subject.env);
      printed = output;
      missing =
        code === 0
          ? missingLine(promised, output.split('\n'), ids, { inOrder: true })
          : `exit code 0, not ${code}`;
      return missing === null;
    };
    if (!(await subject.start(command))) {
      const seconds = onlyReads(command) ? readSeconds : 0;
      await poll('the promised output', attempt, { seconds, everyMs: 500 }).catch(() => {});
    }
    for (const output of printed.split('\n')) if (output.trim() !== '') say(`  ${output}`);
    if (missing !== null)
      throw new Error(`README line ${line}: ${command}\npromised: ${missing}\nprinted:\n${printed}`);

    const logged = () => {
      missing = missingLine(log, subject.lines().slice(since), ids, { inOrder: false });
      return missing === null;
    };
    await poll('the promised log', logged, { seconds: logSeconds, everyMs: 200 }).catch(() => {
      const lines = subject.lines().slice(since).join('\n');
      throw new Error(`README line ${line}: ${command}\nto be logged: ${missing}\nlogged:\n${lines}`);
    });
  }
  return steps.length;
}
