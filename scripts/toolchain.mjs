// Brings a checkout to the state in which its commands can run: dependencies, generated clients,
// compiled code. This file runs before anything is installed, so it is plain JavaScript without
// dependencies. A step is skipped when its inputs have not changed.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withNpmSettings } from './npm-settings.mjs';

export const root = fileURLToPath(new URL('..', import.meta.url));

const stampFolder = join(root, 'node_modules', '.lmt');
const clients = ['prisma/order', 'prisma/inventory'];

/**
 * Runs a command. Its output is shown if it fails, or always with `show`.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {{ show?: boolean, env?: NodeJS.ProcessEnv, cwd?: string }} [options] env: the whole
 * environment
 * @returns {Promise<void>}
 */
export function run(command, args, { show = false, env = process.env, cwd = root } = {}) {
  return new Promise((resolve, reject) => {
    const output = show ? 'inherit' : 'pipe';
    const child = spawn(command, args, {
      cwd,
      env,
      stdio: ['ignore', output, output],
    });
    let text = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk) => {
        text += chunk;
      });
    }
    child.on('error', reject);
    child.on('close', (code, signal) => {
      const how = signal ?? `exit code ${code}`;
      if (code === 0) resolve();
      else reject(new Error(`${command} ${args.join(' ')} failed (${how})\n${text.trim()}`));
    });
  });
}

/** @param {string} program of a package @param {string[]} args @param {Parameters<typeof run>[2]} [options] */
export const runProgram = (program, args, options) =>
  run(process.execPath, [join(root, 'node_modules', program), ...args], options);

function requirePlatform() {
  // The stack depends on signals and process groups, which Windows does not have.
  if (process.platform === 'win32') {
    throw new Error('Windows itself is not supported: run this within WSL, or use docker compose.');
  }
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if ((major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major > 22) return;
  throw new Error(`Node ${process.versions.node} is not supported: install 20.19+, 22.12+ or 24+.`);
}

/** @param {string[]} paths */
async function digest(paths) {
  const contents = await Promise.all(paths.map((path) => readFile(join(root, path)).catch(() => '')));
  const hash = createHash('sha256');
  for (const [index, path] of paths.entries()) hash.update(path).update(contents[index] ?? '');
  return hash.digest('hex');
}

/** @param {string[]} folders @param {(name: string) => boolean} accept */
async function filesBelow(folders, accept) {
  const options = /** @type {const} */ ({ recursive: true, withFileTypes: true });
  const entries = await Promise.all(
    folders.map((folder) => readdir(join(root, folder), options).catch(() => [])),
  );
  return entries
    .flat()
    .filter((entry) => entry.isFile() && accept(entry.name))
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length))
    .filter((path) => !/(^|\/)(node_modules|dist|generated)\//.test(path))
    .sort();
}

/**
 * Runs `work` unless the inputs are those of its last success and its outputs exist.
 *
 * @param {string} name
 * @param {{ inputs: string[], outputs: string[] }} files outputs: some of them
 * @param {(force: boolean) => Promise<void>} work force: some of the outputs are missing
 * @param {(line: string) => void} log
 */
async function step(name, { inputs, outputs }, work, log) {
  const stamp = join(stampFolder, name);
  const current = `${process.version} ${await digest(inputs)}`;
  const complete = outputs.every((path) => existsSync(join(root, path)));
  if (complete && (await readFile(stamp, 'utf8').catch(() => '')) === current) return;
  const started = performance.now();
  log(`${name} ...`);
  await rm(stamp, { force: true });
  await work(!complete);
  await mkdir(stampFolder, { recursive: true });
  await writeFile(stamp, current);
  log(`${name} done in ${((performance.now() - started) / 1000).toFixed(1)} s`);
}

async function install() {
  const { packageManager } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  const args = ['-y', packageManager, 'install', '--frozen-lockfile', '--prefer-offline'];
  await withNpmSettings(process.env, (env) => run('npx', args, { env }));
}

async function generate() {
  // Only the package's WASM is needed. Prisma would still download its native engine if this
  // variable did not name an executable.
  const env = {
    ...process.env,
    PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
    PRISMA_HIDE_UPDATE_MESSAGE: '1',
    CHECKPOINT_DISABLE: '1',
  };
  for (const client of clients) {
    await runProgram('prisma/build/index.js', ['generate'], { cwd: join(root, client), env });
  }
}

/** @param {boolean} force needed if an output is missing: the compiler checks only its inputs */
const build = (force) => runProgram('typescript/bin/tsc', ['-b', ...(force ? ['--force'] : [])]);

function buildPage() {
  const folder = join(root, 'services/console');
  const vite = join(folder, 'node_modules/vite/bin/vite.js');
  return run(process.execPath, [vite, 'build', '--logLevel', 'warn'], { cwd: folder });
}

/** The compiled entry of each project that has one. */
async function entryPoints() {
  /** @type {{ references: { path: string }[] }} */
  const { references } = JSON.parse(await readFile(join(root, 'tsconfig.json'), 'utf8'));
  return references.flatMap(({ path }) =>
    ['main', 'index']
      .filter((entry) => existsSync(join(root, path, 'src', `${entry}.ts`)))
      .map((entry) => `${path}/dist/${entry}.js`),
  );
}

/** @typedef {'install' | 'generate' | 'build' | 'page'} Step */
/** @type {readonly Step[]} */
export const allSteps = ['install', 'generate', 'build', 'page'];

/**
 * @param {{ log?: (line: string) => void, steps?: readonly Step[] }} [options] steps: the image
 * runs them one by one
 */
export async function prepare({ log = console.log, steps = allSteps } = {}) {
  requirePlatform();
  const projects = ['services', 'packages', 'prisma', 'scripts'];
  const schemas = clients.map((client) => `${client}/schema.prisma`);
  if (steps.includes('install')) {
    const isManifest = (/** @type {string} */ name) => name === 'package.json';
    const manifests = await filesBelow([...projects, 'examples', 'tests'], isManifest);
    const patches = await filesBelow(['patches'], () => true);
    const workspace = ['pnpm-workspace.yaml', 'pnpm-lock.yaml', '.pnpmfile.cjs', 'package.json'];
    await step('install', { inputs: [...workspace, ...manifests, ...patches], outputs: [] }, install, log);
  }
  if (steps.includes('generate')) {
    const configs = clients.map((client) => `${client}/prisma.config.ts`);
    const outputs = clients.map((client) => `${client}/src/generated`);
    await step('generate', { inputs: [...schemas, ...configs, 'pnpm-lock.yaml'], outputs }, generate, log);
  }
  if (steps.includes('build')) {
    const isSource = (/** @type {string} */ name) =>
      /\.ts$|^tsconfig\.json$/.test(name) && !/\.(test|fixture)\.ts$/.test(name);
    const sources = await filesBelow(projects, isSource);
    const inputs = ['tsconfig.json', 'tsconfig.base.json', 'pnpm-lock.yaml', ...schemas, ...sources];
    await step('build', { inputs, outputs: await entryPoints() }, build, log);
  }
  if (steps.includes('page')) {
    const sources = await filesBelow(['services/console/web', 'packages/contracts/src'], () => true);
    const inputs = ['services/console/vite.config.ts', 'pnpm-lock.yaml', ...sources];
    await step('page', { inputs, outputs: ['services/console/dist/web/index.html'] }, buildPage, log);
  }
}
