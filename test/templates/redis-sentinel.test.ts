import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { ROOT } from '../support/cli.ts';
import { GUIDE_LINES, RUN_ELSEWHERE } from '../support/guide-lines.ts';

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
  expect(commands.filter((line) => !(line in RUN_ELSEWHERE))).toEqual([]);
});

test('the tests that are named do run them', async () => {
  const elsewhere = Object.entries(RUN_ELSEWHERE).filter(([, file]) => file !== 'guide.test.ts');
  for (const [line, file] of elsewhere) {
    const words = line.split(' ').slice(1);
    const text = await readFile(`${ROOT}test/e2e/${file}`, 'utf8');
    expect(text).toContain(words.map((word) => `'${word}'`).join(', '));
  }
});
