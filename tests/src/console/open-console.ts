// The console of a demo in a real browser.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { findBrowser, openBrowser } from '@lmt/screenshots';
import type { AxeResults } from 'axe-core';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { createDemoProcess, type DemoProcess } from '../demo-process.js';

export const browserUnavailable = (await findBrowser(process.env)) === null;
if (browserUnavailable && process.env.CI === 'true')
  throw new Error('the tests of the console need Chromium, Chrome or Edge');

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

export interface Console {
  readonly demo: DemoProcess;
  /** A signed-in page, a new one for each test. */
  readonly page: Page;
  readonly url: string;
  readonly signInUrl: string;
  /** A page without a session. */
  openStranger(): Promise<Page>;
  /** Errors that the browser reported since the test began: exceptions, refused content. */
  readonly errors: readonly string[];
}

/** Starts one demo and one browser for the tests of a file. */
export function useConsole(): Console {
  let demo: DemoProcess | undefined;
  let browser: Browser | undefined;
  let contexts: BrowserContext[] = [];
  let page: Page | undefined;
  let addresses = { url: '', signInUrl: '' };
  let errors: string[] = [];

  async function openPage(): Promise<Page> {
    if (browser === undefined) throw new Error('the browser has not started');
    const context = await browser.newContext({ locale: 'en-GB', viewport: { width: 1280, height: 900 } });
    contexts.push(context);
    const opened = await context.newPage();
    opened.on('pageerror', (error) => errors.push(String(error)));
    opened.on('console', (line) => {
      // Chromium also reports each answer with an error status, which some tests cause.
      if (line.type() === 'error' && !line.text().startsWith('Failed to load resource'))
        errors.push(line.text());
    });
    opened.on('request', (request) => {
      if (!request.url().startsWith(addresses.url)) errors.push(`foreign request: ${request.url()}`);
    });
    return opened;
  }

  beforeAll(async () => {
    demo = await createDemoProcess();
    [browser] = await Promise.all([openBrowser(process.env), demo.start()]);
    const { urls, consoleSignInUrl } = await demo.read();
    addresses = { url: urls.console, signInUrl: consoleSignInUrl };
  }, 300_000);
  beforeEach(async () => {
    errors = [];
    page = await openPage();
    await page.goto(addresses.signInUrl);
    await page.getByRole('heading', { level: 1 }).waitFor();
  });
  afterEach(async () => {
    await Promise.all(contexts.map((context) => context.close()));
    contexts = [];
    expect(errors).toEqual([]);
  });
  afterAll(async () => {
    await browser?.close();
    await demo?.close();
  }, 120_000);

  return {
    get demo() {
      if (demo === undefined) throw new Error('the demo has not started');
      return demo;
    },
    get page() {
      if (page === undefined) throw new Error('no test runs');
      return page;
    },
    get url() {
      return addresses.url;
    },
    get signInUrl() {
      return addresses.signInUrl;
    },
    get errors() {
      return errors;
    },
    openStranger: openPage,
  };
}

/** Returns axe's serious and critical findings on the page, one line each. */
export async function findBarriers(page: Page): Promise<string[]> {
  await page.evaluate(await readFile(AXE, 'utf8'));
  const { violations } = await page.evaluate<AxeResults>(
    'axe.run(document, { resultTypes: ["violations"] })',
  );
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`);
}
