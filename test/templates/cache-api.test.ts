import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { settings as sandboxSettings } from '../../templates/cache-api/services/matomo-sandbox/src/settings.ts';
import { settings as apiSettings } from '../../templates/cache-api/services/opalmind-api/src/settings.ts';
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

test.for([
  { service: 'opalmind-api', settings: apiSettings },
  { service: 'matomo-sandbox', settings: sandboxSettings },
])('the stack gives $service every variable that it knows, and no other', ({ service, settings }) => {
  // Where to listen and where to keep data is not the stack's to say.
  const known = Object.keys(settings.shape).filter((name) => !['HOST', 'PORT', 'STACKCTL_VOLUME_DATA'].includes(name));
  const given = stack.services[service].environment;
  expect(Object.keys(given).toSorted()).toEqual(known.toSorted());
  for (const name of known) {
    expect(given[name].description, name).toMatch(/\S/);
    expect(readme, name).toContain(`\`${name}\``);
  }
});
