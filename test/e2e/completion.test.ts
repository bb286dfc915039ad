import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { run, STACKCTL, stackctl } from '../support/cli.ts';
import { canRun } from '../support/need.ts';

let folder: string;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stackctl-completion-'));
  await mkdir(join(folder, 'bin'));
  await symlink(STACKCTL, join(folder, 'bin/stackctl'));
  for (const name of ['redis-1', 'redis-2', 'sentinel-1']) {
    await mkdir(join(folder, '.stackctl/mine/rendered', name), { recursive: true });
  }
  env = { PATH: `${folder}/bin:${process.env.PATH}`, HOME: folder, TERM: 'dumb' };
});

afterAll(() => rm(folder, { recursive: true }));

/** Lines to type, with the cursor at their end, and words that the shell must offer. */
const CASES: readonly (readonly [line: string, offered: readonly string[]])[] = [
  ['stackctl sta', ['status']],
  ['stackctl ', ['up', 'failover-test', 'completion']],
  ['stackctl up ', ['mine', 'redis-sentinel']],
  ['stackctl restart redis-', ['redis-1', 'redis-2']],
  ['stackctl up --pro', ['--project']],
  ['stackctl up --project ', ['mine']],
  ['stackctl completion ', ['bash', 'fish', 'zsh']],
];

const NOT_OFFERED = '__complete';

describe.skipIf(!canRun('bash'))('bash', () => {
  test.each([...CASES, ['stackctl up --runtime=', ['auto', 'docker', 'process']] as const])(
    '%j',
    async (line, offered) => {
      const words = await inBash(line);
      expect(words).toEqual(expect.arrayContaining([...offered]));
      expect(words).not.toContain(NOT_OFFERED);
    },
  );

  /** Splits the line as readline does, with the `=` of COMP_WORDBREAKS, and calls what `complete` registered. */
  async function inBash(line: string): Promise<readonly string[]> {
    const words = line.split(/ |(?==)|(?<==)/);
    const script = `source <(stackctl completion bash)
COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}) COMP_CWORD=${words.length - 1}
complete -p stackctl | grep -q -- '-F _stackctl' || exit 9
_stackctl stackctl
printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { code, out, err } = await run('bash', ['--norc', '-c', script], { cwd: folder, env });
    expect({ code, err }).toEqual({ code: 0, err: '' });
    return out.split('\n');
  }
});

describe.skipIf(!canRun('zsh'))('zsh', () => {
  test.each(CASES)('%j', async (line, offered) => {
    const words = await inZsh(line);
    expect(words).toEqual(expect.arrayContaining([...offered]));
    expect(words).not.toContain(NOT_OFFERED);
  });

  /** zsh completes only inside its line editor, so `_describe` is replaced by one that prints what it is given. */
  async function inZsh(line: string): Promise<readonly string[]> {
    const words = line.split(' ');
    const script = `autoload -Uz compinit && compinit -u -D
source <(stackctl completion zsh)
[[ \${_comps[stackctl]} == _stackctl ]] || exit 9
_describe() { print -l -- "\${(@P)4}" }
words=(${words.map((word) => `'${word}'`).join(' ')}) CURRENT=${words.length}
_stackctl`;
    const { code, out, err } = await run('zsh', ['-f', '-c', script], { cwd: folder, env });
    expect({ code, err }).toEqual({ code: 0, err: '' });
    return out.split('\n').map((candidate) => candidate.replace(/:.*/, ''));
  }
});

describe.skipIf(!canRun('fish'))('fish', () => {
  test.each(CASES)('%j', async (line, offered) => {
    const script = `stackctl completion fish | source; complete -C '${line}'`;
    const { code, out, err } = await run('fish', ['--no-config', '-c', script], { cwd: folder, env });
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const words = out.split('\n').map((candidate) => candidate.replace(/\t.*/, ''));
    expect(words).toEqual(expect.arrayContaining([...offered]));
    expect(words).not.toContain(NOT_OFFERED);
  });
});

test('__complete never fails loudly', async () => {
  await mkdir(join(folder, 'broken'), { recursive: true });
  const { code, err } = await stackctl(['__complete', '--', 'up', ''], { cwd: join(folder, 'broken'), env });
  expect({ code, err }).toEqual({ code: 0, err: '' });
});

test('an unknown shell is a usage error', async () => {
  const { code, err } = await stackctl(['completion', 'tcsh'], { cwd: folder, env });
  expect(code).toBe(2);
  expect(err).toContain('bash, zsh, fish');
});
