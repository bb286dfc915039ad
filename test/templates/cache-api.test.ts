import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { settings } from '../../templates/cache-api/services/opalmind-api/src/settings.ts';
import { CURL_LINES, GUIDE_LINES } from '../services/cache-api/guide-lines.ts';
import { ROOT } from '../support/cli.ts';

const readme = await readFile(`${ROOT}templates/cache-api/README.md`, 'utf8');
const stack = parse(await readFile(`${ROOT}templates/cache-api/stack.yaml`, 'utf8'));

test('the table of the README holds the lines that are run on both runtimes, and no others', () => {
  const rows = [...readme.matchAll(/^\| `([^`]+)` \| `(stackctl [^`]+)` \|$/gm)].map(([, guide, stackctl]) => ({
    guide,
    stackctl,
  }));
  expect(rows).toEqual(GUIDE_LINES.map(({ guide, stackctl }) => ({ guide, stackctl })));
});

test('the README has the requests of the guide as they are run', () => {
  for (const { text } of CURL_LINES) expect(readme).toContain(text);
});

test('the stack gives the API every variable that it knows, and no other', () => {
  // Where to listen and what is the same for all programs is not the stack's to say.
  const common = ['HOST', 'PORT', 'LOG_LEVEL', 'SHUTDOWN_TIMEOUT_MS'];
  const known = Object.keys(settings.shape).filter((name) => !common.includes(name));
  const given = stack.services['opalmind-api'].environment;
  expect(Object.keys(given).toSorted()).toEqual(known.toSorted());
  for (const name of known) {
    expect(given[name].description, name).toMatch(/\S/);
    expect(readme, name).toContain(`\`${name}\``);
  }
});
