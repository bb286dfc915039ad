import { expect, test } from 'vitest';
import { withStackPaths } from '../../../src/stack/load/compose-paths.ts';

const at = (compose: Record<string, unknown>) => withStackPaths(compose, '/stack');

test('paths that begin with a dot are those of the stack, wherever Compose takes one', () => {
  expect(
    at({
      build: {
        context: './api',
        dockerfile: './Dockerfile.dev',
        additional_contexts: { shared: '../shared' },
        args: { A: './a' },
      },
      env_file: ['./one.env', { path: '../two.env', required: false }],
      volumes: ['./data:/data:ro', 'named:/named', '/abs:/abs', { type: 'bind', source: './x', target: '/x' }],
      extends: { file: './base.yaml', service: 'base' },
      develop: { watch: [{ path: './src', action: 'sync', target: '/src' }] },
      command: ['./run.sh'],
      environment: { PLACE: './data' },
    }),
  ).toEqual({
    build: {
      context: '/stack/api',
      dockerfile: './Dockerfile.dev',
      additional_contexts: { shared: '/shared' },
      args: { A: './a' },
    },
    env_file: ['/stack/one.env', { path: '/two.env', required: false }],
    volumes: ['/stack/data:/data:ro', 'named:/named', '/abs:/abs', { type: 'bind', source: '/stack/x', target: '/x' }],
    extends: { file: '/stack/base.yaml', service: 'base' },
    develop: { watch: [{ path: '/stack/src', action: 'sync', target: '/src' }] },
    command: ['./run.sh'],
    environment: { PLACE: './data' },
  });
});

test('short forms, and a folder with a character of Compose', () => {
  expect(at({ build: '.', env_file: './a.env' })).toEqual({ build: '/stack', env_file: '/stack/a.env' });
  expect(at({ build: { additional_contexts: ['shared=../shared', 'image=docker-image://x'] } })).toEqual({
    build: { additional_contexts: ['shared=/shared', 'image=docker-image://x'] },
  });
  expect(withStackPaths({ env_file: './a.env' }, '/my$stack')).toEqual({ env_file: '/my$$stack/a.env' });
  expect(at({ mem_limit: '1g', volumes: null, env_file: '.hidden' })).toEqual({
    mem_limit: '1g',
    volumes: null,
    env_file: '.hidden',
  });
});
