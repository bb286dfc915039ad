import { pathToFileURL } from 'node:url';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { expect } from 'vitest';
import { programPath } from './need.ts';

export const WIDE = { width: 1280, height: 900 };
export const NARROW = { width: 390, height: 800 };

/** In the browser: what would have to be scrolled sideways shows here. */
const WIDTH_OF_ALL = 'document.documentElement.scrollWidth';

export async function startBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: programPath('chromium'), args: ['--no-sandbox'] });
}

/** Uses a page of a file, which must be without errors and ask for nothing but itself. */
export async function withPage(
  browser: Browser,
  file: string,
  options: BrowserContextOptions,
  use: (page: Page) => Promise<void>,
): Promise<void> {
  const context = await browser.newContext(options);
  try {
    const tab = await context.newPage();
    const problems: string[] = [];
    const asked: string[] = [];
    tab.on('pageerror', (error) => problems.push(String(error)));
    tab.on('console', (message) => problems.push(message.text()));
    tab.on('request', (request) => asked.push(request.url()));
    await tab.goto(pathToFileURL(file).href);
    await use(tab);
    expect(problems).toEqual([]);
    expect(asked).toEqual([pathToFileURL(file).href]);
  } finally {
    await context.close();
  }
}

/** What every page keeps: the reader's colours, and no scrolling sideways, wide and narrow. */
export async function expectReadable(browser: Browser, file: string, colorScheme: 'light' | 'dark'): Promise<void> {
  await withPage(browser, file, { viewport: NARROW, colorScheme }, async (tab) => {
    const ground = await tab.evaluate('getComputedStyle(document.body).backgroundColor');
    expect(ground).toBe(colorScheme === 'dark' ? 'rgb(18, 22, 28)' : 'rgb(255, 255, 255)');
    expect(await tab.evaluate(WIDTH_OF_ALL)).toBeLessThanOrEqual(NARROW.width);
    await tab.setViewportSize(WIDE);
    expect(await tab.evaluate(WIDTH_OF_ALL)).toBeLessThanOrEqual(WIDE.width);
  });
}
