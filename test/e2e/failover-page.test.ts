import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { endOf } from '../../src/failover/saved-run.ts';
import { expectReadable, startBrowser, WIDE, withPage } from '../support/browser.ts';
import { stackctl } from '../support/cli.ts';
import { DRAWN_RUN, NASTY } from '../support/drawn-run.ts';
import { canRun } from '../support/need.ts';

describe.runIf(canRun('chromium'))('the page of a failover test in a browser', () => {
  let folder: string;
  let page: string;
  let browser: Browser;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stackctl-page-'));
    page = join(folder, 'failover.html');
    const history = join(folder, 'run.ndjson');
    const lines = [...DRAWN_RUN.history, endOf(DRAWN_RUN)].map((line) => `${JSON.stringify(line)}\n`);
    await writeFile(history, lines.join(''));
    // The run lost a write: that is what the page is looked at for.
    expect((await stackctl(['verify-history', history, '--html', page], { cwd: folder })).code).toBe(6);
    browser = await startBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await rm(folder, { recursive: true });
  });

  const opened = (options: BrowserContextOptions, use: (page: Page) => Promise<void>) =>
    withPage(browser, page, options, use);

  const axisOf = (tab: Page) => tab.locator('svg .axis text').allTextContents();

  test('shows a drawing, and zooms it by the wheel until a double click', () =>
    opened({ viewport: WIDE }, async (tab) => {
      await expect(tab.locator('h2').first().textContent()).resolves.toContain('master-kill');
      expect(await tab.locator('svg text.name').allTextContents()).toContain('sentinel-10');
      // At the server that acknowledged it, and in the lane of who wrote it.
      expect(await tab.locator('svg rect.lost').count()).toBe(2);
      const whole = await axisOf(tab);
      const box = await tab.locator('svg.lanes').boundingBox();
      if (box === null) throw new Error('no drawing');
      await tab.mouse.move(box.x + box.width * 0.6, box.y + box.height / 2);
      for (let turn = 0; turn < 8; turn++) await tab.mouse.wheel(0, -100);
      await expect.poll(() => axisOf(tab)).not.toEqual(whole);
      await tab.locator('svg.lanes').dblclick();
      await expect.poll(() => axisOf(tab)).toEqual(whole);
    }));

  test('says the same without scripts', () =>
    opened({ viewport: WIDE, javaScriptEnabled: false }, async (tab) => {
      expect((await axisOf(tab)).length).toBeGreaterThan(1);
      expect(await tab.locator('svg rect.acked').count()).toBeGreaterThan(10);
      expect(await tab.locator('.scripted').isVisible()).toBe(false);
      expect(await tab.getByText('lost writes within the limit').isVisible()).toBe(true);
      expect(await tab.locator('body').textContent()).toContain(NASTY);
    }));

  test.each(['light', 'dark'] as const)('is read on a %s ground, wide and narrow', (colorScheme) =>
    expectReadable(browser, page, colorScheme),
  );

  test('is one file', async () => {
    expect((await readFile(page, 'utf8')).startsWith('<!doctype html>')).toBe(true);
  });
});
