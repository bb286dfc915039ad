import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { ROOT } from '../support/cli.ts';
import { ANALYTICS_LINES } from './analytics-lines.ts';

const read = (path: string) => readFile(`${ROOT}${path}`, 'utf8');

test('the table of the README holds the lines that are run, and no others', async () => {
  const readme = await read('templates/analytics/README.md');
  const rows = [...readme.matchAll(/^\| `([^`]+)` \| `(stackctl [^`]+)` \|$/gm)].map(([, guide, stackctl]) => ({
    guide,
    stackctl,
  }));
  expect(rows).toEqual(ANALYTICS_LINES.map(({ guide, stackctl }) => ({ guide, stackctl })));
});

test('lines that answer nothing by themselves are in the e2e test', async () => {
  const text = await read('test/e2e/analytics.test.ts');
  for (const { stackctl, answer } of ANALYTICS_LINES) {
    if (answer !== undefined || / up | < /.test(stackctl)) continue;
    const words = stackctl.split(' ').slice(1);
    expect(text, stackctl).toContain(`[${words.map((word) => `'${word}'`).join(', ')}`);
  }
});
