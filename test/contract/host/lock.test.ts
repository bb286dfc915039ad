/** Processes that find the same dead holder's lock at the same time: one of them gets it, whatever the others are at. */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, it, onTestFinished } from 'vitest';
import type { LockHolder } from '../../../src/lib/lock.ts';
import { buildProgram } from '../../support/supervisor-program.ts';

const CONTENDERS = 8;
const ROUNDS = 100;

it(`of ${CONTENDERS} processes, one takes a dead holder's lock, and the others say that it is locked`, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'stackctl-locks-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const contenders = await contend();
  for (let round = 0; round < ROUNDS; round++) {
    const path = join(folder, String(round), 'lock');
    mkdirSync(join(folder, String(round)));
    const dead = { pid: 1, started: 'long ago', host: hostname(), command: 'up', since: 'then' };
    writeFileSync(path, JSON.stringify(dead satisfies LockHolder));
    const answers = await Promise.all(contenders.map(({ ask }) => ask(path)));
    const { pid } = JSON.parse(readFileSync(path, 'utf8')) as LockHolder;
    expect(answers).toEqual(contenders.map((contender) => (contender.pid === pid ? 'taken' : 'locked')));
    expect(readdirSync(join(folder, String(round)))).toEqual(['lock']);
  }
});

async function contend() {
  const program = await buildProgram('test/support/lock-contender.ts');
  const children = Array.from({ length: CONTENDERS }, () =>
    spawn(process.execPath, [program], { stdio: ['pipe', 'pipe', 'inherit'] }),
  );
  onTestFinished(() => {
    for (const child of children) child.kill('SIGKILL');
  });
  return Promise.all(
    children.map(async ({ pid, stdin, stdout }) => {
      const lines = createInterface({ input: stdout })[Symbol.asyncIterator]();
      await lines.next();
      const ask = async (path: string): Promise<string> => {
        stdin.write(`${path}\n`);
        return (await lines.next()).value as string;
      };
      return { pid, ask };
    }),
  );
}
