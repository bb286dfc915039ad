import { expect, it } from 'vitest';
import { serverEnvironment } from '../../../../src/runtimes/process/supervision/server-environment.ts';

it('passes on what programs need and nothing else of the shell', () => {
  const shell = {
    PATH: '/bin',
    LC_ALL: 'C',
    TZ: 'UTC',
    AWS_SECRET_ACCESS_KEY: 'x',
    NODE_OPTIONS: '--inspect',
    HOME: undefined,
  };
  expect(serverEnvironment(shell, { TZ: 'Europe/Berlin', A: 'b' })).toEqual({
    PATH: '/bin',
    LC_ALL: 'C',
    TZ: 'Europe/Berlin',
    A: 'b',
  });
});
