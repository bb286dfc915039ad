import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { ROOT } from '../support/cli.ts';
import { CHANGES, LOOKS } from './event-tracking-lines.ts';

const folder = `${ROOT}templates/event-tracking`;

test('the table of the README holds the lines that are run, and no others', async () => {
  const readme = await readFile(`${folder}/README.md`, 'utf8');
  const rows = [...readme.matchAll(/^\| `((?:[^`]|\\\|)+)` \| `(stackctl [^`]+)` \|$/gm)].map(
    ([, guide, stackctl]) => ({
      guide,
      stackctl,
    }),
  );
  const expected = [...LOOKS, ...CHANGES].map(({ guide, stackctl }) => ({ guide, stackctl }));
  expect(rows.toSorted((a, b) => (`${a.guide}` < `${b.guide}` ? -1 : 1))).toEqual(
    expected.toSorted((a, b) => (a.guide < b.guide ? -1 : 1)),
  );
});
