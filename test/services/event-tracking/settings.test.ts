import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { settings as backend } from '../../../templates/event-tracking/services/backend/src/settings.ts';
import { settings as gateway } from '../../../templates/event-tracking/services/gateway/src/settings.ts';
import { settings as testApp } from '../../../templates/event-tracking/services/test-app/src/settings.ts';
import { ROOT } from '../../support/cli.ts';

/** What stackctl sets by itself. */
const OWN = /^(HOST|PORT|STACKCTL_.*)$/;

test.each([
  ['backend', backend],
  ['gateway', gateway],
  ['test-app', testApp],
])('%s: stack.yaml describes every variable that the program reads, and no other', async (service, { shape }) => {
  const { services } = parse(await readFile(`${ROOT}templates/event-tracking/stack.yaml`, 'utf8'));
  const declared = services[service].environment as Readonly<Record<string, { readonly description?: string }>>;
  const read = Object.keys(shape).filter((name) => !OWN.test(name));
  expect(Object.keys(declared).toSorted()).toEqual(read.toSorted());
  expect(Object.values(declared).filter(({ description = '' }) => description === '')).toEqual([]);
});
