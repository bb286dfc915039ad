/** `npm run dev` of a sample service leaves nothing running, however it ends. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { waitFor } from '../../support/wait-for.ts';

const ROOT = join(import.meta.dirname, '../../..');
const SERVICE = join(ROOT, 'templates/event-tracking/services/backend');

/** Lives until it is told to end, and says who it is and that it ended in order. */
const PROGRAM = `import { writeFileSync } from 'node:fs';
process.on('SIGTERM', () => { writeFileSync('ended', ''); process.exit(0); });
setInterval(() => {}, 60_000);
writeFileSync('pid', String(process.pid));
`;

test.each([
  ['a closed terminal', 'SIGHUP', 'group'],
  ['Ctrl-C', 'SIGINT', 'group'],
  ['an end of npm alone', 'SIGTERM', 'npm'],
  ['a kill of npm alone', 'SIGKILL', 'npm'],
] as const)('%s', async (_, signal, whom) => {
  const folder = await mkdtemp(join(tmpdir(), 'stackctl-dev-'));
  await cp(join(SERVICE, 'package.json'), join(folder, 'package.json'));
  await mkdir(join(folder, 'src'));
  await writeFile(join(folder, 'src/main.ts'), PROGRAM);
  const env = { ...process.env, PATH: `${join(ROOT, 'packages/service-kit/bin')}:${process.env.PATH}` };
  const npm = spawn('npm', ['run', 'dev'], { cwd: folder, env, stdio: 'ignore', detached: true });
  const ended = once(npm, 'exit');
  let pid: number | undefined;
  try {
    pid = Number(await waitFor('the program', () => readFile(join(folder, 'pid'), 'utf8').catch(() => '')));
    expect(isAlive(pid)).toBe(true);
    process.kill(whom === 'group' ? -(npm.pid ?? 0) : (npm.pid ?? 0), signal);
    await waitFor('the end of the program', () => !isAlive(pid));
    expect(await readFile(join(folder, 'ended'), 'utf8')).toBe('');
  } finally {
    if (pid !== undefined && isAlive(pid)) process.kill(pid, 'SIGKILL');
    const group = -(npm.pid ?? 0);
    if (isAlive(group)) process.kill(group, 'SIGTERM');
    await ended;
    await waitFor('the end of all', () => !isAlive(group));
    await rm(folder, { recursive: true });
  }
});

function isAlive(pid: number | undefined): boolean {
  try {
    return pid !== undefined && process.kill(pid, 0);
  } catch {
    return false;
  }
}
