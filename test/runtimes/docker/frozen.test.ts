import { expect, test } from 'vitest';
import { frozenIn } from '../../../src/runtimes/docker/containers/frozen.ts';

test('a process with the state T is named, a sleeping or a traced one is not', () => {
  const running = [
    ['41', 'Ss', 'docker-init'],
    ['42', 'Sl', 'node'],
  ];
  expect(frozenIn({ Processes: running })).toBeUndefined();
  expect(frozenIn({ Processes: [...running, ['43', 'Tl', 'worker']] })).toBe('pid 43 (worker)');
  expect(frozenIn({ Processes: null })).toBeUndefined();
});
