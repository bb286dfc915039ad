import type { Facts } from '../../src/doctor/facts.ts';

const GIB = 1024 ** 3;

/** A machine on which nothing is wrong, with what a test changes about it. */
export function machine(change: Partial<Facts> = {}): Facts {
  return {
    misconfigured: undefined,
    stack: 'cache',
    reference: 'cache',
    node: { version: '20.19.4', wanted: '>=20.19.4' },
    disks: [{ purpose: 'project', path: '/project', freeBytes: 10 * GIB }],
    memory: { totalBytes: 8 * GIB, availableBytes: 4 * GIB },
    folders: [{ purpose: 'project', path: '/project', problem: undefined }],
    runtimes: [
      { name: 'docker', ready: true, diagnoses: [{ id: 'engine', verdict: 'ok', fact: 'Docker Engine 26.1.5' }] },
      {
        name: 'process',
        ready: true,
        diagnoses: [{ id: 'binary:cache-server', verdict: 'ok', fact: 'cache-server 7.0.15' }],
      },
    ],
    chosenRuntime: undefined,
    system: { platform: 'linux', distributions: ['debian'], isRoot: true },
    packages: new Map([['cache-server', { debian: ['cache-server', 'cache-tools'], brew: 'cache' }]]),
    downloads: new Map(),
    cacheFolder: '/cache/stackctl',
    fetchers: new Set(['maven', 'npm']),
    ports: [],
    leftovers: [],
    advice: [],
    running: undefined,
    ...change,
  };
}

export const noEngine: Facts['runtimes'][number] = {
  name: 'docker',
  ready: false,
  diagnoses: [{ id: 'engine', verdict: 'fail', fact: 'no Docker Engine answers', fix: 'start Docker' }],
};

export const noServer: Facts['runtimes'][number] = {
  name: 'process',
  ready: false,
  diagnoses: [{ id: 'binary:cache-server', verdict: 'fail', fact: 'cache-server is not installed', fix: 'a guess' }],
};

export const project = { id: 'cache-1a2b3c', name: 'cache', folder: '/project' };

export const holder = {
  pid: 77,
  started: '1@b',
  host: 'here',
  command: 'stackctl up',
  since: '2026-01-01T00:00:00.000Z',
};

/** An Engine that answers and does not have the image. */
export const noImage: Facts['runtimes'][number] = {
  name: 'docker',
  ready: false,
  diagnoses: [{ id: 'image:cache', verdict: 'warn', fact: 'image cache is not there yet', fix: 'docker pull cache' }],
};
