import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { adoptFile, adoptFixture } from '../support/compose-fixtures.ts';
import { folderOf } from '../support/stack-fixtures.ts';

const BASE = 'services: {page: {image: "nginx:1", ports: ["8080:80"]}}\n';
const OVER = 'services: {page: {image: "nginx:2"}, more: {image: "busybox:1"}}\n';

async function servicesOf(main: string, files: Readonly<Record<string, string>>) {
  await using folder = await folderOf(files);
  const { report } = await adoptFile(join(folder.path, main));
  const merged = report.remarks.filter((remark) => remark.includes('merged'));
  return { images: report.services.map(({ name, image }) => `${name} ${image}`), merged };
}

test.each([
  ['compose.yaml', 'compose.override.yaml'],
  ['compose.yml', 'docker-compose.override.yml'],
  ['docker-compose.yml', 'docker-compose.override.yml'],
])('beside %s, %s is merged in', async (main, over) => {
  expect(await servicesOf(main, { [main]: BASE, [over]: OVER })).toEqual({
    images: ['page nginx:2', 'more busybox:1'],
    merged: [`${over} is merged in, as Compose does by itself`],
  });
});

test('!reset takes away what the Compose file has, and !override stands in its place', async () => {
  const base = `services:
  page:
    image: nginx:1
    command: [serve]
    environment: {LEVEL: info, MODE: prod}
    ports: ["8080:80"]
    depends_on: [db]
  db: {image: "mysql:8"}
`;
  const over = `services:
  page:
    command: !reset null
    environment: {MODE: !reset null}
    ports: !override ["8099:80"]
    depends_on: !reset []
  db: !reset null
`;
  await using folder = await folderOf({ 'compose.yaml': base, 'compose.override.yaml': over });
  const { text } = await adoptFile(join(folder.path, 'compose.yaml'));
  const { services } = parse(text);
  expect(services).toEqual({
    page: {
      ...{ kind: 'container', image: 'nginx:1', environment: { LEVEL: 'info' } },
      ports: { http: { inside: 80, outside: 8099 } },
    },
  });
});

test('a file that Compose would be told by its name is read alone, and so is an override', async () => {
  const files = { 'production.yaml': BASE, 'compose.override.yaml': OVER };
  expect(await servicesOf('production.yaml', files)).toEqual({ images: ['page nginx:1'], merged: [] });
  expect((await servicesOf('compose.override.yaml', files)).images).toEqual(['page nginx:2', 'more busybox:1']);
});

test('a secret of an override file is not in stack.yaml: many teams keep that file out of their repository', async () => {
  const { secrets, text } = await adoptFixture('override');
  expect([...secrets]).toEqual([['signingKey', 'kept-out-of-the-repository']]);
  expect(text).not.toContain('kept-out-of-the-repository');
});

test('what is wrong in an override file is named with that file', async () => {
  const files = { 'compose.yaml': BASE, 'compose.override.yaml': 'services:\n  page: {volumes: [""]}\n' };
  await expect(servicesOf('compose.yaml', files)).rejects.toThrow('compose.override.yaml:2:20 services.page.volumes.0');
});
