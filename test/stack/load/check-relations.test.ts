import { expect, test } from 'vitest';
import { kindNames, loadKind } from '../../../src/stack/contract/plugins.ts';
import { checkService } from '../../../src/stack/load/check-kinds.ts';
import { checkRelations } from '../../../src/stack/load/check-relations.ts';
import { outlineOf } from '../../../src/stack/load/outline.ts';
import { parseYaml } from '../../../src/stack/source/yaml-source.ts';

const kinds = new Map(await Promise.all(kindNames().map(async (name) => [name, await loadKind(name)] as const)));

/** Of a stack with these services, one a line. */
function mistakes(services: string, more = ''): readonly string[] {
  const lines = services.split('\n').map((line) => `  ${line.trim()}`);
  const outline = outlineOf(parseYaml(['services:', ...lines, more].join('\n'), 'stack.yaml').value);
  const ofServices = [...outline.services].flatMap(([name, service]) => {
    const kind = kinds.get(service.kind ?? '');
    return kind === undefined ? [] : checkService(name, service, kind, new Map());
  });
  return [...checkRelations(outline, kinds), ...ofServices].map(({ path, message }) => `${path.join('.')} ${message}`);
}

const REDIS = 'redis: {kind: redis, primaryFrom: sentinel}';
const SENTINEL = 'sentinel: {kind: sentinel, monitors: redis}';
const APP = 'kind: app, command: [node], image: node';

test('files beside the one that the server reads are fine', () => {
  expect(mistakes('r: {kind: redis, config: {redis.conf: f, redis2.conf: f, users.acl: f}}')).toEqual([]);
  expect(mistakes('r: {kind: redis, config: {users.acl: f}}')).toEqual([]);
});

test('what fits together is fine', () => {
  const services = `${REDIS}\n${SENTINEL}\ndb: {kind: postgres, volumes: {data: d}}\na: {${APP}, through: b}\nb: {${APP}}`;
  expect(mistakes(services, 'migrations: {db: m}')).toEqual([]);
});

test.each([
  ['db: {kind: postgres, monitors: db}', '', /^services.db.monitors .*postgres watches no other one/],
  ['s: {kind: sentinel}', '', /^services.s.monitors is missing; it must be the service/],
  [
    's: {kind: sentinel, monitors: k}\nk: {kind: kafka}',
    '',
    /^services.s.monitors must be a service with a primary.*kafka/,
  ],
  ['db: {kind: clickhouse, primaryFrom: db}', '', /^services.db.primaryFrom .*clickhouse has no primary/],
  [
    `redis: {kind: redis, primaryFrom: k}\nk: {kind: kafka}`,
    '',
    /^services.redis.primaryFrom must be .*k is of kind kafka/,
  ],
  [
    `${REDIS}\nother: {kind: redis}\nsentinel: {kind: sentinel, monitors: other}`,
    '',
    /^services.redis.primaryFrom must be a service that watches this one: sentinel monitors other/,
  ],
  [`a: {${APP}, through: a}`, '', /^services.a.through must be another service/],
  [`a: {${APP}, through: r}\nr: {kind: redis}`, '', /^services.a.through must be a program.*r is of kind redis/],
  [`a: {${APP}, through: b}\nb: {${APP}, through: c}\nc: {${APP}}`, '', /^services.a.through .*b itself.* through c/],
  [
    'r: {kind: redis}',
    'migrations: {r: m}',
    /^migrations.r a service of kind redis has no schema.*no service here has/,
  ],
  ['r: {kind: redis}\ndb: {kind: postgres}', 'migrations: {r: m}', /these have: db/],
  [`s: {kind: kafka, volumes: {dta: d}}`, '', /^services.s.volumes.dta a container of kind kafka has no such volume/],
  [`a: {${APP}, volumes: {data: d}}`, '', /^services.a.volumes.data must be the path of a folder in the container/],
  ['r: {kind: redis, config: {redis.cnf: f}}', '', /^services.r.config.redis.cnf kind redis reads redis.conf and no/],
  ['r: {kind: redis, volumes: {date: d}}', '', /^services.r.volumes.date .* no such volume \(known: data\)/],
])('%s %s', (services, more, message) => {
  expect(mistakes(services, more)).toEqual([expect.stringMatching(message)]);
});
