import { expect, test } from 'vitest';
import { checksOf } from '../../../src/doctor/checks/checks-of.ts';
import type { Facts } from '../../../src/doctor/facts.ts';
import { planFixes } from '../../../src/doctor/fixes/plan-fixes.ts';
import { holder, machine, noEngine, noImage, noServer, project } from '../facts.ts';

const texts = (facts: Facts): readonly string[] => planFixes(facts, checksOf(facts)).map(({ text }) => text);
const nothingRuns = [noEngine, noServer];

test('nothing to mend, nothing planned', () => {
  expect(texts(machine())).toEqual([]);
});

test('missing servers are installed as root on Debian, when no runtime can run the stack', () => {
  expect(planFixes(machine({ runtimes: nothingRuns }), checksOf(machine({ runtimes: nothingRuns })))).toEqual([
    {
      type: 'installPackages',
      id: 'process:binary:cache-server',
      packages: ['cache-server', 'cache-tools'],
      text: 'install cache-server cache-tools with apt-get; no server of these packages is started, now or at boot',
    },
  ]);
});

test.each<[string, Partial<Facts>]>([
  ['another runtime works', { runtimes: [...machine().runtimes.slice(0, 1), noServer] }],
  ['not root', { runtimes: nothingRuns, system: { platform: 'linux', distributions: ['debian'], isRoot: false } }],
  ['not Debian', { runtimes: nothingRuns, system: { platform: 'linux', distributions: ['fedora'], isRoot: true } }],
  [
    'only like Debian',
    { runtimes: nothingRuns, system: { platform: 'linux', distributions: ['mint', 'debian'], isRoot: true } },
  ],
  ['a Mac', { runtimes: nothingRuns, system: { platform: 'darwin', distributions: [], isRoot: true } }],
])('nothing is installed: %s', (_, change) => {
  expect(texts(machine(change))).toEqual([]);
});

test('what can be fetched is fetched before anything is installed, and only when no runtime is ready', () => {
  expect(texts(machine({ runtimes: [noImage, noServer] }))).toEqual([
    'fetch what the docker runtime lacks for the stack',
  ]);
  expect(texts(machine({ runtimes: [noImage, ...machine().runtimes.slice(1)] }))).toEqual([]);
  const unable = { ...noImage, diagnoses: [{ id: 'fetch', verdict: 'fail', fact: 'no registry' }] } as const;
  expect(
    planFixes(machine({ runtimes: [unable, noServer] }), checksOf(machine({ runtimes: [unable, noServer] }))),
  ).toMatchObject([{ type: 'installPackages' }]);
});

test('dead locks and dead entries go; faults and projects that are down are for their own commands', () => {
  const leftovers: Facts['leftovers'] = [
    { type: 'lostProject', project, holders: [] },
    { type: 'staleLock', path: '/project/lock', holder },
    { type: 'fault', project, instance: 'a-1', fault: 'pause', at: '2026-01-01T00:00:00.000Z' },
    { type: 'notRunning', project, runtime: 'process' },
    { type: 'unreadable', project, why: 'not JSON' },
    { type: 'servicePolicy', path: '/usr/sbin/policy-rc.d' },
  ];
  expect(texts(machine({ leftovers }))).toEqual([
    'put /usr/sbin/policy-rc.d back to what it was',
    'forget project cache, whose folder /project is gone',
    'remove the lock /project/lock, whose holder is gone',
  ]);
});
