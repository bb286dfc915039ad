import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { keepServices } from '../../src/render/keep-compose.ts';

const service = (instance: string, image: string, more = '') => `
  ${instance}:
    image: ${image}${more}
    labels: {dev.stackctl.service: x, dev.stackctl.instance: ${instance}}`;

const file = (services: string, volumes = '') => `# Rendered\nname: p\nservices:${services}\n${volumes}`;

test('a kept service has its earlier entry and volumes, and depends on nothing that is gone', () => {
  const needs = '\n    depends_on: {gone: {condition: service_started}}\n    volumes: ["old-data:/data"]';
  const earlier = file(
    service('a', 'a:1', needs) + service('b', 'b:1') + service('gone', 'g:1'),
    'volumes: {old-data: {}}\n',
  );
  const next = file(service('a', 'a:2') + service('b', 'b:2'), 'volumes: {data: {}}\n');
  const merged = keepServices(next, earlier, (name) => name === 'a');
  expect(merged.startsWith('# Rendered')).toBe(true);
  expect(parse(merged)).toMatchObject({
    services: { a: { image: 'a:1' }, b: { image: 'b:2' } },
    volumes: { data: {}, 'old-data': {} },
  });
  expect(parse(merged).services.a).not.toHaveProperty('depends_on');
  expect(parse(merged).services).not.toHaveProperty('gone');
});

test('replicas share an entry that stays as a whole, also under another name', () => {
  const replicas = (name: string, image: string) =>
    file(`\n  ${name}:\n    image: ${image}\n    labels: {dev.stackctl.service: api}`);
  const merged = keepServices(replicas('api', 'api:2'), replicas('api-old', 'api:1'), (name) => name === 'api-1');
  expect(Object.keys(parse(merged).services)).toEqual(['api-old']);
});

test('nothing that stays: the text as it is', () => {
  const next = file(service('a', 'a:2'));
  expect(keepServices(next, file(service('a', 'a:1')), () => false)).toBe(next);
});
