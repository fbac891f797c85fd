// What must run before anything is installed: the platform, Node's version, pnpm, the dependencies, the build.
// Plain JavaScript on Node alone. Every step is skipped when its inputs have not changed.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));

const stampFolder = join(root, 'node_modules', '.lmt');
const generatedClients = ['order', 'inventory'];

/**
 * Runs a command to its end; its output is shown only when it fails, or always with `show`.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {{ show?: boolean, env?: NodeJS.ProcessEnv, cwd?: string }} [options]
 * @returns {Promise<string>} its output
 */
export function run(command, args, { show = false, env = {}, cwd = root } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', show ? 'inherit' : 'pipe', show ? 'inherit' : 'pipe'],
    });
    let output = '';
    child.stdout?.on('data', (chunk) => {
      output += chunk;
    });
    child.stderr?.on('data', (chunk) => {
      output += chunk;
    });
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (code === 0) resolve(output);
      else
        reject(
          new Error(`${command} ${args.join(' ')} failed (${signal ?? `exit ${code}`})\n${output.trim()}`),
        );
    });
  });
}

function requireUnix() {
  // Signals and process groups hold the stack together, and Windows has neither.
  if (process.platform !== 'win32') return;
  throw new Error('Windows itself is not supported: run this within WSL, or use docker compose.');
}

function requireNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const fits = (major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major > 22;
  if (fits) return;
  throw new Error(`Node ${process.versions.node} is too old: install 20.19+, 22.12+ or 24+.`);
}

/** @param {string[]} paths */
async function digest(paths) {
  const hash = createHash('sha256');
  for (const path of paths) hash.update(path).update(await readFile(join(root, path)).catch(() => ''));
  return hash.digest('hex');
}

/** @param {string} folder @param {(name: string) => boolean} accept */
async function filesBelow(folder, accept) {
  const entries = await readdir(join(root, folder), { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile() && accept(entry.name))
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length))
    .filter((path) => !/(^|\/)(node_modules|dist|generated)\//.test(path))
    .sort();
}

/** @param {string[]} paths */
async function allThere(paths) {
  const looks = await Promise.allSettled(paths.map((path) => access(join(root, path))));
  return looks.every(({ status }) => status === 'fulfilled');
}

/**
 * Does `work` unless the inputs are those of its last success and what it made is still there.
 *
 * @param {string} name
 * @param {{ inputs: string[], outputs: string[] }} files outputs: some of them
 * @param {(afresh: boolean) => Promise<void>} work afresh: some of its output is missing
 * @param {(line: string) => void} log
 */
async function step(name, { inputs, outputs }, work, log) {
  const stamp = join(stampFolder, name);
  const now = `${process.version} ${await digest(inputs)}`;
  const complete = await allThere(outputs);
  if (complete && (await readFile(stamp, 'utf8').catch(() => '')) === now) return;
  const started = performance.now();
  log(`${name} ...`);
  await rm(stamp, { force: true });
  await work(!complete);
  await mkdir(stampFolder, { recursive: true });
  await writeFile(stamp, now);
  log(`${name} done in ${((performance.now() - started) / 1000).toFixed(1)} s`);
}

async function install() {
  const { packageManager } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  await run('npx', ['-y', packageManager, 'install', '--frozen-lockfile', '--prefer-offline']);
}

async function generateClients() {
  const prisma = join(root, 'node_modules', 'prisma', 'build', 'index.js');
  for (const name of generatedClients) {
    await run(process.execPath, [prisma, 'generate'], {
      cwd: join(root, 'prisma', name),
      // `generate` needs only the WASM in the package, but looks for the native engine first and
      // downloads it unless it is told of an executable.
      env: {
        PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
        PRISMA_HIDE_UPDATE_MESSAGE: '1',
        CHECKPOINT_DISABLE: '1',
      },
    });
  }
}

/** @param {boolean} afresh the compiler itself looks at its inputs only */
async function compile(afresh) {
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  await run(process.execPath, [tsc, '-b', ...(afresh ? ['--force'] : [])]);
}

/** The compiler writes one for each project, beside its output. */
async function compiledFiles() {
  /** @type {{ references: { path: string }[] }} */
  const { references } = JSON.parse(await readFile(join(root, 'tsconfig.json'), 'utf8'));
  return references.map(({ path }) => `${path}/dist/.tsbuildinfo`);
}

/** @typedef {'install' | 'generate' | 'build'} Step */

/**
 * Brings the checkout to a state in which the services can start. Quick when nothing changed.
 *
 * @param {{ log?: (line: string) => void, steps?: readonly Step[] }} [options] the steps to take: an
 *   image takes them one by one, in layers of their own
 */
export async function prepare({
  log = (line) => console.log(line),
  steps = ['install', 'generate', 'build'],
} = {}) {
  requireUnix();
  requireNode();
  const inPrisma = (/** @type {string} */ file) => generatedClients.map((name) => `prisma/${name}/${file}`);
  const schemas = inPrisma('schema.prisma');
  if (steps.includes('install')) {
    const manifests = ['pnpm-workspace.yaml', 'pnpm-lock.yaml', '.pnpmfile.cjs', 'package.json'];
    for (const folder of ['services', 'packages', 'prisma', 'scripts', 'examples', 'tests']) {
      manifests.push(...(await filesBelow(folder, (name) => name === 'package.json')));
    }
    manifests.push(...(await filesBelow('patches', () => true)));
    await step('install', { inputs: manifests, outputs: [] }, install, log);
  }
  if (steps.includes('generate')) {
    const inputs = [...schemas, ...inPrisma('prisma.config.ts'), 'pnpm-lock.yaml'];
    await step('generate', { inputs, outputs: inPrisma('src/generated') }, generateClients, log);
  }
  if (steps.includes('build')) {
    const sources = ['tsconfig.json', 'tsconfig.base.json', 'pnpm-lock.yaml', ...schemas];
    const isSource = (/** @type {string} */ name) =>
      /\.ts$|^tsconfig\.json$/.test(name) && !name.endsWith('.test.ts');
    for (const folder of ['services', 'packages', 'prisma', 'scripts']) {
      sources.push(...(await filesBelow(folder, isSource)));
    }
    await step('build', { inputs: sources, outputs: await compiledFiles() }, compile, log);
  }
}
