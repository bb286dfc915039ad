import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { ROOT } from '../support/cli.ts';
import { GUIDE_LINES, GUIDE_VERBS, SCALE_LINES } from '../support/guide-lines.ts';

const readme = await readFile(`${ROOT}templates/redis-sentinel/README.md`, 'utf8');

test('the table of the README holds the lines that are run on both runtimes, and no others', () => {
  const rows = [...readme.matchAll(/^\| `([^`]+)` \| `(stackctl [^`]+)` \|$/gm)].map(([, guide, stackctl]) => ({
    guide,
    stackctl,
  }));
  expect(rows).toEqual(GUIDE_LINES.map(({ guide, stackctl }) => ({ guide, stackctl })));
});

test('each command in a block of the README is run by a test', () => {
  const blocks = [...readme.matchAll(/```sh\n(.*?)```/gs)].flatMap(([, text = '']) => text.trim().split('\n'));
  const commands = blocks.map((line) => line.replace(/ +#.*$/, ''));
  expect(commands.length).toBeGreaterThan(0);
  const run = [...GUIDE_VERBS, ...Object.values(SCALE_LINES)];
  expect(commands.filter((line) => !run.includes(line))).toEqual([]);
});
