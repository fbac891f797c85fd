// npm run screenshots: takes the pictures of the documents from the running demo's console.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from '@lmt/stack';
import { createCommand, requireDemo, runCommand } from '@lmt/terminal';
import type { Page } from 'playwright-core';
import { openBrowser } from './browser.js';
import { createScenes, type Scenes } from './scenes.js';

interface Picture {
  readonly name: string;
  readonly path: (scenes: Scenes) => string;
  readonly dark?: boolean;
  readonly width?: number;
  readonly height?: number;
  /** Brings the loaded page into the state that the picture shows. */
  readonly prepare?: (page: Page) => Promise<void>;
}

const EXPERIMENT_TIMEOUT_MS = 180_000;

/** Waits until the page has read the services' health and counters this often. */
async function waitForHealth(page: Page, times: number) {
  for (let read = 0; read < times; read += 1)
    await page.waitForResponse((response) => response.url().endsWith('/api/health'));
}

/** A rate needs two reads of the counters, a chart more. */
const collectRates = (page: Page) => waitForHealth(page, 8);

async function runExperiment(page: Page) {
  await page.getByRole('button', { name: 'Start and run all steps' }).click();
  await page.getByText('It went as predicted').first().waitFor({ timeout: EXPERIMENT_TIMEOUT_MS });
}

const FLOW_HEIGHT = 940;
const PICTURES: readonly Picture[] = [
  { name: 'flow', path: () => '/', height: FLOW_HEIGHT, prepare: collectRates },
  { name: 'flow-dark', path: () => '/', dark: true, height: FLOW_HEIGHT, prepare: collectRates },
  { name: 'flow-phone', path: () => '/', width: 390, height: 844, prepare: collectRates },
  { name: 'orders', path: () => '/orders' },
  { name: 'messages', path: () => '/messages' },
  { name: 'timeline', path: ({ retried }) => `/messages/${retried}`, height: 1_000 },
  { name: 'dead-letters', path: () => '/dead-letters' },
  { name: 'dead-letter-topic', path: () => '/dead-letters?tab=topic' },
  { name: 'decisions', path: () => '/decisions' },
  { name: 'stock', path: () => '/stock/KEYBOARD' },
  { name: 'speed', path: () => '/speed' },
  { name: 'experiments', path: () => '/break' },
  { name: 'experiment', path: () => '/break/wipe-kafka', height: 1_200, prepare: runExperiment },
];

const WIDTH = 1_280;
const HEIGHT = 800;
const LOAD_INTERVAL_MS = 60;

async function take(
  page: Page,
  url: string,
  { dark = false, width = WIDTH, height = HEIGHT, prepare }: Picture,
) {
  await page.emulateMedia({ colorScheme: dark ? 'dark' : 'light' });
  await page.setViewportSize({ width, height });
  await page.goto(url);
  await page.getByRole('heading', { level: 1 }).waitFor();
  await page
    .getByText(/^Loading …$/)
    .first()
    .waitFor({ state: 'detached' });
  await waitForHealth(page, 2);
  await prepare?.(page);
}

async function takeAll(folder: string): Promise<void> {
  const { urls, consoleSignInUrl } = await requireDemo(process.env, 'start one and run this again');
  await mkdir(folder, { recursive: true });
  const browser = await openBrowser(process.env);
  // Keeps messages in flight while the pictures are taken.
  let load: NodeJS.Timeout | undefined;
  try {
    const page = await browser.newPage({ locale: 'en-GB' });
    await page.goto(consoleSignInUrl);
    await page.getByRole('heading', { level: 1 }).waitFor();
    const { prepare, place } = createScenes(page.request, urls.console);
    const scenes = await prepare();
    load = setInterval(() => void place().catch(console.error), LOAD_INTERVAL_MS);
    for (const picture of PICTURES) {
      await take(page, urls.console + picture.path(scenes), picture);
      await page.screenshot({ path: join(folder, `${picture.name}.png`) });
      console.log(`${picture.name}.png`);
    }
  } finally {
    clearInterval(load);
    await browser.close();
  }
}

const command = createCommand(
  'screenshots',
  "Takes pictures of the running demo's console for the documents.",
)
  .option('--folder <folder>', 'where to write them', join(root, 'docs', 'images'))
  .action(({ folder }: { readonly folder: string }) => takeAll(folder));

await runCommand(command);
