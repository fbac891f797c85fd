import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { withNpmSettings } from './npm-settings.mjs';

async function settingsWith(npmrc: string, pnpmRc: string, variables: Record<string, string> = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'lmt-npmrc-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'npmrc'), npmrc);
  await mkdir(join(folder, 'pnpm'));
  await writeFile(join(folder, 'pnpm', 'rc'), pnpmRc);
  let env: NodeJS.ProcessEnv = {};
  let content = '';
  const given = { npm_config_userconfig: join(folder, 'npmrc'), XDG_CONFIG_HOME: folder, ...variables };
  await withNpmSettings(given, async (cleaned) => {
    env = cleaned;
    content = await readFile(String(cleaned.npm_config_userconfig), 'utf8');
  });
  expect(existsSync(String(env.npm_config_userconfig))).toBe(false);
  const { npm_config_userconfig: _file, XDG_CONFIG_HOME: _folder, ...rest } = env;
  return { lines: content.trim().split('\n').filter(Boolean), env: rest };
}

test('ignore-scripts: the installation takes only the registry and the caches from ~/.npmrc', async () => {
  const kept = [
    'registry=https://mirror.example/npm/',
    '@acme:registry = https://npm.acme.example/',
    '//npm.acme.example/:_authToken=secret',
    'strict-ssl=false',
    'cafile=/etc/ca.pem',
    'ca[]=PEM',
    'https-proxy=http://proxy.example:8080',
    'noproxy=localhost',
    'cache=/big/npm',
  ];
  const dropped = [
    '# a comment',
    'ignore-scripts=true',
    'node-linker=hoisted',
    'modules-dir=elsewhere',
    'lockfile=false',
    'package-lock=false',
    'omit=dev',
    'use-node-version=18.0.0',
    'prefix=/nowhere',
  ];
  const { lines } = await settingsWith(
    [...dropped, ...kept].join('\n'),
    'store-dir=/big/pnpm\nsymlink=false\n',
  );
  expect(lines).toEqual([...kept, 'store-dir=/big/pnpm']);
});

test('environment: the installation ignores NODE_ENV and the settings of npm that are not kept', async () => {
  const kept = {
    PATH: '/bin',
    TOKEN: 'x',
    NODE_EXTRA_CA_CERTS: '/etc/ca.pem',
    npm_config_registry: 'https://mirror.example/npm/',
    NPM_CONFIG_HTTPS_PROXY: 'http://proxy.example:8080',
    npm_config_store_dir: '/big/pnpm',
  };
  const { env } = await settingsWith('', '', {
    ...kept,
    NODE_ENV: 'production',
    NPM_CONFIG_PRODUCTION: 'true',
    npm_config_ignore_scripts: 'true',
    npm_config_node_linker: 'hoisted',
    pnpm_config_modules_dir: 'elsewhere',
  });
  expect(env).toEqual(kept);
});
