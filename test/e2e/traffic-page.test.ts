import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { trafficPage } from '../../src/output/traffic-page/page.ts';
import { expectReadable, startBrowser, WIDE, withPage } from '../support/browser.ts';
import { NASTY } from '../support/drawn-run.ts';
import { drawnTraffic } from '../support/drawn-traffic.ts';
import { canRun } from '../support/need.ts';

describe.runIf(canRun('chromium'))('the page of a run of traffic in a browser', () => {
  let folder: string;
  let page: string;
  let browser: Browser;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stackctl-page-'));
    page = join(folder, 'traffic.html');
    await writeFile(page, trafficPage({ summary: drawnTraffic(), madeBy: 'stackctl 1.2.3' }));
    browser = await startBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await rm(folder, { recursive: true });
  });

  test('draws the course of the run without scripts, and tells what an interval holds', () =>
    withPage(browser, page, { viewport: WIDE, javaScriptEnabled: false }, async (tab) => {
      expect(await tab.locator('h1').textContent()).toContain('fail');
      expect(await tab.locator('body').textContent()).toContain(NASTY);
      const curves = tab.locator('svg.chart polyline');
      expect(await curves.count()).toBeGreaterThanOrEqual(8);
      for (const curve of await curves.all())
        expect(await curve.evaluate('(line) => line.getTotalLength()')).not.toBe(0);
      expect(await tab.locator('svg.chart').first().locator('rect title').nth(6).textContent()).toMatch(
        /^6 s\nasked for 100\nsent 100\nacknowledged 0$/,
      );
    }));

  test.each(['light', 'dark'] as const)('is read on a %s ground, wide and narrow', (colorScheme) =>
    expectReadable(browser, page, colorScheme),
  );
});
