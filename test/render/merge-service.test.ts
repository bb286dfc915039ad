import { describe, expect, test } from 'vitest';
import { mergeService } from '../../src/render/merge-service.ts';

/** Everything of one service that is a list or a map where stackctl renders it. */
const BASE = {
  command: ['serve'],
  environment: { HOST: '0.0.0.0' },
  env_file: ['./web-1/secrets.env'],
  tmpfs: ['/run:uid=1'],
  volumes: [{ type: 'volume', source: 'web-1-data', target: '/data' }],
  labels: { 'dev.stackctl.project': 'own' },
  build: { context: '.', args: { A: '1' }, labels: { own: 'yes' } },
};

describe('what Compose takes as one text or as a list is added to what is there', () => {
  test.each([
    ['env_file', './a.env', ['./web-1/secrets.env', './a.env']],
    ['env_file', ['./a.env'], ['./web-1/secrets.env', './a.env']],
    ['env_file', [{ path: './a.env', required: false }], ['./web-1/secrets.env', { path: './a.env', required: false }]],
    ['tmpfs', '/tmp', ['/run:uid=1', '/tmp']],
    ['dns', '1.1.1.1', '1.1.1.1'],
  ])('%s: %j', (key, given, expected) => {
    expect(mergeService(BASE, { [key]: given })).toEqual({ ...BASE, [key]: expected });
  });

  test.each(['dns', 'dns_search', 'label_file'])('%s', (key) => {
    expect(mergeService({ [key]: 'one' }, { [key]: ['two'] })).toEqual({ [key]: ['one', 'two'] });
    expect(mergeService({ [key]: ['one'] }, { [key]: 'two' })).toEqual({ [key]: ['one', 'two'] });
  });
});

describe('what Compose takes as a list or as a map is merged in either form', () => {
  test.each([
    ['environment', ['A=x=y', 'B'], { HOST: '0.0.0.0', A: 'x=y', B: null }],
    ['environment', { HOST: '::' }, { HOST: '::' }],
    ['labels', ['team=a'], { 'dev.stackctl.project': 'own', team: 'a' }],
    [
      'build',
      { args: ['B=2'], labels: ['team=a'] },
      { context: '.', args: { A: '1', B: '2' }, labels: { own: 'yes', team: 'a' } },
    ],
  ])('%s: %j', (key, given, expected) => {
    expect(mergeService(BASE, { [key]: given })).toEqual({ ...BASE, [key]: expected });
  });

  test('hosts, of which one name may have two addresses', () => {
    const list = ['db:10.0.0.1', 'db:10.0.0.2'];
    expect(mergeService({}, { extra_hosts: list })).toEqual({ extra_hosts: list });
    expect(mergeService({ extra_hosts: list }, { extra_hosts: { web: '::1', lb: ['10.0.0.3', '10.0.0.4'] } })).toEqual({
      extra_hosts: [...list, 'web=::1', 'lb=10.0.0.3', 'lb=10.0.0.4'],
    });
    expect(mergeService({ extra_hosts: { web: '::1' } }, { extra_hosts: list })).toEqual({
      extra_hosts: ['web=::1', ...list],
    });
  });
});

test('mounts are added, also where their text is short', () => {
  expect(mergeService(BASE, { volumes: ['./a:/a:ro'] })).toEqual({ ...BASE, volumes: [...BASE.volumes, './a:/a:ro'] });
});

test('a key without a value takes nothing away', () => {
  const empty = { env_file: null, labels: null, environment: null, volumes: null, tmpfs: null };
  expect(mergeService(BASE, empty)).toEqual(BASE);
});

test('a command is replaced', () => {
  expect(mergeService(BASE, { command: 'other' })).toEqual({ ...BASE, command: 'other' });
  expect(mergeService(BASE, { command: ['other'] })).toEqual({ ...BASE, command: ['other'] });
});
