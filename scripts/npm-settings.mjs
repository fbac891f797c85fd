// Keeps only the user's npm and pnpm settings for registries, proxies and caches. Other settings in
// ~/.npmrc, in pnpm's own file or in npm_config_* would change the installation: ignore-scripts,
// node-linker, modules-dir, lockfile, omit, use-node-version ...
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';

const KEPT =
  /^(?:(?:@[^:/]+:)?registry|\/\/.+|(?:https?-)?proxy|no-?proxy|ca|cafile|cert|certfile|key|keyfile|strict-ssl|fetch-.+|network-.+|maxsockets|local-address|cache|store-dir|offline|prefer-offline|nodedir|package-import-method)$/;

/** @param {string} line of an npmrc file */
const isKept = (line) => KEPT.test((line.split('=')[0] ?? '').trim().replace(/\[\]$/, ''));

/**
 * Removes the settings of npm that are not kept, and NODE_ENV, because with NODE_ENV=production npm
 * omits the compiler.
 *
 * @param {NodeJS.ProcessEnv} env
 */
function keepNpmVariables(env) {
  const kept = Object.entries(env).filter(([name]) => {
    const [, setting] = /^p?npm_config_(.+)$/i.exec(name) ?? [];
    return setting === undefined
      ? name !== 'NODE_ENV'
      : KEPT.test(setting.toLowerCase().replace(/(?!^)_/g, '-'));
  });
  return Object.fromEntries(kept);
}

/**
 * Calls `work` with an environment in which npm and pnpm find only the kept settings.
 *
 * @param {NodeJS.ProcessEnv} env
 * @param {(env: NodeJS.ProcessEnv) => Promise<void>} work
 */
export async function withNpmSettings(env, work) {
  const userFile = env.npm_config_userconfig ?? env.NPM_CONFIG_USERCONFIG ?? join(homedir(), '.npmrc');
  const files = [userFile, join(env.XDG_CONFIG_HOME ?? join(homedir(), '.config'), 'pnpm', 'rc')];
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8').catch(() => '')));
  const lines = texts.flatMap((text) => text.split('\n').filter(isKept));
  const folder = await mkdtemp(join(tmpdir(), 'lmt-npm-'));
  try {
    const file = join(folder, 'npmrc');
    // The file may contain a registry token.
    await writeFile(file, `${lines.join('\n')}\n`, { mode: 0o600 });
    await work({ ...keepNpmVariables(env), npm_config_userconfig: file, XDG_CONFIG_HOME: folder });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
