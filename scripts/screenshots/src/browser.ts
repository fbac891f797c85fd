// Finds and starts the browser of this machine: Chromium, Chrome or Edge. None is downloaded.
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';

const COMMANDS = [
  'chromium',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
  'microsoft-edge',
  'microsoft-edge-stable',
];
const MAC_APPS = ['Google Chrome', 'Chromium', 'Microsoft Edge'].map(
  (name) => `/Applications/${name}.app/Contents/MacOS/${name}`,
);

/** Returns the path of a browser, or null. BROWSER_PATH names one that is installed elsewhere. */
export async function findBrowser(env: NodeJS.ProcessEnv): Promise<string | null> {
  const folders = (env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  const candidates = env.BROWSER_PATH
    ? [env.BROWSER_PATH]
    : [...folders.flatMap((folder) => COMMANDS.map((command) => join(folder, command))), ...MAC_APPS];
  for (const path of candidates) {
    const isExecutable = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isExecutable) return path;
  }
  return null;
}

export const NO_BROWSER = 'no Chromium, Chrome or Edge: install one, or name it in BROWSER_PATH';

/** @throws when no browser is found */
export async function openBrowser(env: NodeJS.ProcessEnv): Promise<Browser> {
  const executablePath = await findBrowser(env);
  if (executablePath === null) throw new Error(NO_BROWSER);
  // Chromium's sandbox does not start for root, for example in a container.
  return chromium.launch({ executablePath, chromiumSandbox: process.getuid?.() !== 0 });
}
