import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { argumentText, lastOf, readConfig } from '../../../src/kinds/_shared/redis/read-config.ts';
import { freePorts } from '../../support/free-ports.ts';
import { canRun, programPath } from '../../support/need.ts';
import { ask } from '../../support/redis-side.ts';
import { waitFor } from '../../support/wait-for.ts';

/** Lines as people write them, each of another directive, so that one server can be asked for all of them. */
const LINES = [
  'MaxMemory 64mb\r',
  '  \tmaxmemory-policy\tallkeys-lru  ',
  'timeout "7"',
  "tcp-keepalive '8'",
  'min-slaves-to-write "3"',
  'min-slaves-to-write 2',
  'MIN-SLAVES-MAX-LAG 9\r',
  'slave-priority 11',
  '"repl-backlog-size" 2mb',
  'masterauth "a \\"b\\" \\x41\\\\ \\t#c"',
  "masteruser 'it\\'s \\n'",
  'proc-title-template "{title} \'x\'"',
  'slave-announce-ip a"b c"',
  '# timeout 1',
  '   # timeout 2',
  'dbfilename a#b.rdb',
  'syslog-ident "\\xc3\\xa4ö"',
  'appendfilename "with space.aof"',
] as const;

/** What the servers refuse to read. */
const BROKEN = ['masterauth "a', "masterauth 'a", 'masterauth "a"b', 'masterauth a"b', 'masterauth "a\\"'] as const;

const PROGRAMS = ['redis-server', 'valkey-server'].filter(canRun);

describe.each(PROGRAMS)('a configuration is read as %s reads it', (program) => {
  let folder: string;
  let end: () => Promise<void> = async () => undefined;
  let port: number;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'redis-config-'));
    port = await freePorts(1);
    const own = [`port ${port}`, 'bind 127.0.0.1', 'save ""'];
    await writeFile(join(folder, 'redis.conf'), [...own, ...LINES].join('\n'));
    const child = spawn(programPath(program), ['redis.conf'], { cwd: folder, stdio: 'ignore' });
    end = async () => {
      if (child.kill('SIGKILL')) await once(child, 'exit');
      await rm(folder, { recursive: true, force: true });
    };
    await waitFor('an answer', async () => (await ask(port, 'PING').catch(() => '')) === 'PONG');
  });
  afterAll(() => end());

  const names = [...new Set(readConfig(LINES.join('\n')).map(({ name }) => name))];

  test.each(names)('%s', async (name) => {
    const [, value] = (await ask(port, 'CONFIG', 'GET', name)) as readonly string[];
    const line = lastOf(readConfig(LINES.join('\n')), name);
    const read = line === undefined ? undefined : argumentText(line);
    const bytes = /^(\d+)mb$/.exec(read ?? '')?.[1];
    expect(bytes === undefined ? read : String(Number(bytes) * 1024 * 1024)).toBe(value);
  });

  test.each(BROKEN)('%s is refused by both', async (line) => {
    const path = join(folder, 'broken.conf');
    await writeFile(path, `${line}\n`);
    const said = await new Promise<string>((resolve) => {
      execFile(programPath(program), [path, '--port', '0'], { cwd: folder, timeout: 10_000 }, (_, out, err) =>
        resolve(out + err),
      );
    });
    expect(said).toContain('Unbalanced quotes in configuration line');
    expect(readConfig(line)).toMatchObject([{ name: 'masterauth', args: undefined }]);
  });
});
