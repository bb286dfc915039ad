import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from '../../support/cli.ts';
import { freePorts } from '../../support/free-ports.ts';
import { waitFor } from '../../support/wait-for.ts';

test('the program in docs/app.md does what the page asks of one', async () => {
  const page = await readFile(join(ROOT, 'docs/app.md'), 'utf8');
  const [, program = ''] = /```python\n([\s\S]*?)```/.exec(page) ?? [];
  const port = await freePorts(1);
  const child = spawn('python3', ['-c', program], {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, HOST: '127.0.0.1', PORT: String(port) },
    stdio: 'ignore',
  });
  const ended = once(child, 'exit');
  try {
    const ask = async (path: string) => (await fetch(`http://127.0.0.1:${port}${path}`)).status;
    await waitFor('the program to listen', () => ask('/ready').catch(() => undefined));
    expect(await Promise.all(['/ready', '/health', '/other'].map(ask))).toEqual([200, 200, 404]);
  } finally {
    child.kill('SIGTERM');
  }
  expect(await ended).toEqual([0, null]);
});
