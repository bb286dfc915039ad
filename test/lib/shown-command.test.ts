import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { commandOf, shownCommand } from '../../src/lib/process-identity.ts';

test.each([
  ['redis-server *:6379', 'redis-server *:6379'],
  ['redis-server 127.0.0.1:6379 [sentinel]', 'redis-server 127.0.0.1:6379'],
  ['node dist/main.mjs --token s3cret', 'node dist/main.mjs'],
  ['redis-server --requirepass s3cret', 'redis-server'],
  ['psql postgres://me:s3cret@db:5432/shop', 'psql'],
  ['tunnel me:s3cret@db:5432', 'tunnel'],
  ['worker s3cret', 'worker'],
  ['env PASSWORD=s3cret.sh worker', 'env'],
  ['', ''],
])('of %j is shown %j', (line, shown) => {
  expect(shownCommand(line)).toBe(shown);
});

test('a running process is named without what it was given', async () => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)', '--', 's3cret']);
  try {
    await once(child, 'spawn');
    expect(commandOf(child.pid ?? 0)).toBe(process.execPath);
  } finally {
    child.kill('SIGKILL');
  }
});
