import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import type { InstanceView, ServiceView, StatusView } from '../../src/lifecycle/status.ts';
import { healthText } from '../../src/output/health.ts';
import { statusText } from '../../src/output/status.ts';

const WELL: InstanceView = {
  name: 'api-1',
  service: 'api',
  kind: 'app',
  role: null,
  health: 'healthy',
  reasons: [],
  degraded: [],
  peer: 'api-1:80',
  client: '127.0.0.1:8080',
  startedAt: null,
  restarts: 0,
  lastExit: null,
  facts: {},
};

const of = (name: string, health: string, ...reasons: readonly string[]): InstanceView => {
  return { ...WELL, name, health, reasons };
};

function view(...instances: readonly InstanceView[]): StatusView {
  const healthy = instances.every(({ health }) => health === 'healthy');
  return { project: 'demo', stack: 'web', runtime: 'process', healthy, instances, services: [], surplus: [] };
}

const lines = (text: string): readonly string[] => stripVTControlCharacters(text).split('\n');
const headline = (shown: StatusView): string | undefined => lines(statusText(shown))[0]?.split('  ').at(-1);

test.each([
  [of('a-1', 'missing', 'is not there'), 'a-1: is not there: stackctl up starts it'],
  [of('a-1', 'stopped', 'is stopped (SIGKILL)'), 'a-1: is stopped (SIGKILL): stackctl up starts it again'],
  [of('a-1', 'paused', 'is paused'), 'a-1: is paused: stackctl up resumes it'],
  [of('a-1', 'restarting', 'crashes and is restarted'), 'a-1: crashes and is restarted: see stackctl logs a-1'],
  [of('a-1', 'unhealthy', 'loads its data'), 'a-1: loads its data: see stackctl logs a-1'],
])('what does not run is shown with the command that helps: $1', (instance, line) => {
  expect(lines(statusText(view(WELL, instance)))).toContain(line);
  expect(lines(healthText(view(WELL, instance)))).toContain(`FAIL ${line}`);
});

test('several reasons are as many lines, the way out stands behind the last one', () => {
  const shown = lines(statusText(view(of('a-1', 'unhealthy', 'loads its data', 'is alone'))));
  expect(shown).toContain('a-1: loads its data');
  expect(shown).toContain('a-1: is alone: see stackctl logs a-1');
});

test.each([
  ['healthy', view(WELL, WELL)],
  ['not running', view(of('a-1', 'missing'), of('a-2', 'missing'))],
  ['healthy, but only 1 of 2 instances are there', view(WELL, of('a-1', 'missing'))],
  ['not healthy', view(WELL, of('a-1', 'missing'), of('a-2', 'stopped'))],
])('the whole in a few words: %s', (words, shown) => {
  expect(headline(shown)).toBe(words);
  expect(lines(healthText(shown)).at(-1)).toBe(words);
});

const SERVICE: ServiceView = { name: 'api', kind: 'app', through: null, urls: {}, ioredis: null, facts: {} };

test('the end says where what a client needs is, and prints no options', () => {
  const sentinels = Array.from({ length: 9 }, (_, index) => ({ host: '127.0.0.1', port: 26379 + index }));
  const services: readonly ServiceView[] = [
    { ...SERVICE, through: 'gateway', urls: { api: 'http://127.0.0.1:3000', 'api-1': 'http://127.0.0.1:3100' } },
    {
      ...SERVICE,
      name: 'sentinel',
      ioredis: { sentinels, name: 'm' },
      facts: { masterName: 'm', epoch: null, quorumOk: true, steady: false },
    },
  ];
  const shown = lines(statusText({ ...view(WELL), services }));
  expect(shown.slice(-4)).toEqual([
    'sentinel: master name m, epoch -, quorum ok',
    '',
    'api: http://127.0.0.1:3000 (through gateway)',
    'to connect: stackctl env (variables), stackctl env --format ioredis (its options)',
  ]);
  expect(Math.max(...shown.map(({ length }) => length))).toBeLessThanOrEqual(100);
  expect(statusText(view(WELL))).not.toContain('to connect');
});

test('facts are words with units', () => {
  const facts = { usedMemoryBytes: 1_665_440, loading: false, linkUp: true, latencyMs: 3, flags: ['master', 'o_down'] };
  const [line] = lines(healthText(view({ ...WELL, facts })));
  expect(line).toBe('ok   api-1: used memory 1.6 MiB, link up, latency 3 ms, flags master+o_down');
});

test('that nothing is there is one line', () => {
  const shown = lines(statusText(view(of('a-1', 'missing', 'is not there'), of('a-2', 'missing', 'is not there'))));
  expect(shown.filter((line) => line.includes('stackctl up'))).toEqual(['nothing is there: stackctl up starts it']);
});

test('what runs beside the stack is named with what can be done about it', () => {
  const services = [{ ...SERVICE, name: 'api' }];
  const shown = lines(statusText({ ...view(WELL), services, surplus: ['api-2', 'worker-1'] }));
  const what = 'runs, but the stack has no such instance: `stackctl up` removes it';
  expect(shown).toContain(`api-2: ${what}, \`stackctl scale\` can keep it`);
  expect(shown).toContain(`worker-1: ${what}`);
});
