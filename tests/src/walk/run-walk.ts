// Runs the commands of the README and the walkthrough one by one and compares their output and the
// services' logs with the documents.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { poll, root } from '@lmt/stack';
import { execa } from 'execa';
import { afterAll, beforeAll, test } from 'vitest';
import { stopAfterFailure } from '../stop-after-failure.js';
import { matchLine } from './match-line.js';
import { type Path, readSections, readTranslation, type Step } from './read-walk.js';

const DOCUMENTS = ['README.md', 'docs/walkthrough.md'];
const LOG_SECONDS = 90;
const READ_SECONDS = 30;
const SECTION_MS = 600_000;

// Hides the progress meter and prints each answer on a line of its own.
const CURL = 'curl() { command curl --silent --show-error --write-out "\\n" "$@"; }';

/** The running system that the commands are tried on. */
export interface Subject {
  /** Starts the system if this is the command that starts it. */
  readonly start: (command: string) => Promise<boolean>;
  readonly close: () => Promise<void>;
  /** Every line that the services have logged so far. */
  readonly lines: () => readonly string[];
  /** Replaces the documented ports and folders with those of this run. */
  readonly adapt: (command: string) => string;
  readonly env: Readonly<Record<string, string>>;
}

/** A command that only reads can be repeated until its output is the expected one. */
const onlyReads = (command: string) =>
  command
    .split('\n')
    .every((line) => /^(#|curl (?!.*( -d | -X ))|.*\b(verify|list|show|stats|status|ps)\b)/.test(line));

/**
 * Returns the first shown line that was not printed, or null. The output of a command must be in
 * order, but not the logs of several processes. If every line matches, `ids` receives their ids.
 */
function findMissingLine(
  shown: readonly string[],
  printed: readonly string[],
  ids: Map<string, string>,
  { inOrder }: { readonly inOrder: boolean },
): string | null {
  const known = new Map(ids);
  const rest = [...printed];
  for (const line of shown) {
    const index = rest.findIndex((candidate) => matchLine(line, candidate, known) !== null);
    if (index < 0) return line;
    for (const [id, actual] of matchLine(line, rest[index] ?? '', known) ?? []) known.set(id, actual);
    rest.splice(inOrder ? 0 : index, inOrder ? index + 1 : 1);
  }
  for (const [id, actual] of known) ids.set(id, actual);
  return null;
}

async function checkOutput(
  command: string,
  { place, output }: Step,
  { adapt, env }: Subject,
  ids: Map<string, string>,
) {
  let printed = '';
  let missing: string | null = null;
  const attempt = async () => {
    const { all, exitCode } = await execa('bash', ['-euo', 'pipefail', '-c', `${CURL}\n${adapt(command)}`], {
      cwd: root,
      env,
      all: true,
      stdin: 'ignore',
      reject: false,
    });
    printed = all;
    missing =
      exitCode === 0
        ? findMissingLine(output, printed.split('\n'), ids, { inOrder: true })
        : `exit code 0, not ${exitCode}`;
    return missing === null;
  };
  const seconds = onlyReads(command) ? READ_SECONDS : 0;
  await poll('the expected output', attempt, { seconds, everyMs: 500 }).catch(() => {});
  if (missing !== null) throw new Error(`${place}: ${command}\nexpected: ${missing}\nprinted:\n${printed}`);
}

async function checkLog(
  command: string,
  { place, log: shown }: Step,
  newLines: () => readonly string[],
  ids: Map<string, string>,
) {
  let missing: string | null = null;
  const isComplete = () => {
    missing = findMissingLine(shown, newLines(), ids, { inOrder: false });
    return missing === null;
  };
  await poll('the expected log', isComplete, { seconds: LOG_SECONDS, everyMs: 200 }).catch(() => {
    throw new Error(
      `${place}: ${command}\nexpected in the log: ${missing}\nlogged:\n${newLines().join('\n')}`,
    );
  });
}

/**
 * Registers a test for each section of the documents that has commands. It fails at the first command
 * whose output or log differs, with both texts.
 */
export async function testDocuments(path: Path, open: () => Promise<Subject>): Promise<void> {
  const documents = await Promise.all(
    DOCUMENTS.map(async (name) => ({ name, markdown: await readFile(join(root, name), 'utf8') })),
  );
  const translate =
    path === 'demo'
      ? readTranslation(documents.map(({ markdown }) => markdown).join('\n'))
      : (command: string) => command;
  const ids = new Map<string, string>();
  let subject: Subject;

  beforeAll(async () => {
    subject = await open();
  });
  afterAll(() => subject?.close());
  stopAfterFailure();

  async function check(step: Step) {
    let command = translate(step.command);
    for (const [id, actual] of ids) command = command.replaceAll(id, actual);
    const logged = subject.lines().length;
    if (!(await subject.start(command))) await checkOutput(command, step, subject, ids);
    await checkLog(command, step, () => subject.lines().slice(logged), ids);
  }

  for (const { document, title, steps } of documents.flatMap((each) => readSections(each, path))) {
    test(`${document}: ${title}`, { timeout: SECTION_MS }, async () => {
      for (const step of steps) await check(step);
    });
  }
}
