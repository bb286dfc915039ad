import { readdirSync, readFileSync } from 'node:fs';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { run as runProgram } from '../support/cli.ts';
import { FAST, ok, openTestProject, portOf, type Run, type TestProject, withRole } from '../support/project.ts';
import { ask } from '../support/redis-side.ts';
import { RUNTIMES, requireRuntime } from '../support/require.ts';
import { expectFailover } from '../support/steps.ts';

const REDIS = `r3d!s "quoted" 'single' \\back $HOME`;
const SENTINEL = `s3nt'inel with "spaces" # and more`;
/** How a password could show, whatever it was quoted with. */
const TRACES = ['r3d!s', 's3nt'];

describe.concurrent.each(RUNTIMES)('passwords on %s', (runtime) => {
  test.sequential('are in no argument, log or answer, and everything works with them', async (context) => {
    requireRuntime(context, runtime);
    await using project = await openTestProject({ runtime, values: FAST });
    const local = `values:\n  redisPassword: ${JSON.stringify(REDIS)}\n  sentinelPassword: ${JSON.stringify(SENTINEL)}\n`;
    await writeFile(join(project.folder, 'stackctl.local.yaml'), local, { mode: 0o600 });
    const watch = watchArguments();
    const runs: Run[] = [await project.run([...project.upArgs])];
    for (const verb of VERBS) runs.push(await project.run(verb));
    expect(runs.filter(({ code }) => code !== 0).map(({ err }) => err)).toEqual([]);
    const failover = JSON.stringify(await expectFailover(project));

    const master = portOf(withRole(await project.status(), 'master'));
    await expect(ask(master, 'PING')).rejects.toThrow();
    expect(await ask({ port: master, password: REDIS }, 'PING')).toBe('PONG');
    expect(await ask({ port: project.ports.sentinel, password: SENTINEL }, 'PING')).toBe('PONG');
    expect((await project.run(['env', '--format', 'json'])).out).toContain(JSON.stringify(REDIS).slice(1, -1));

    for (const { out, err } of [...runs, { out: failover, err: '' }]) expect(traces(out + err)).toEqual([]);
    expect(watch.stop()).toEqual([]);
    expect(await openFiles(project.paths.root)).toEqual([]);
    if (runtime === 'docker') expect(await inspected(project)).toEqual([]);
  });
});

test.for(RUNTIMES)(
  '%s: what is deleted leaves no password behind; what stays keeps its own',
  async (runtime, context) => {
    requireRuntime(context, runtime);
    await using project = await openTestProject({ runtime, files: { 'stackctl.yaml': 'profile: production\n' } });
    await project.up('--set', `sentinelPassword=${TRACES[1]}-flag`);
    const made = await secretsOf(project);
    expect(Object.values(made)).toContain(`${TRACES[1]}-flag`);
    ok(await project.json(['down']));
    expect(await holding(project.paths.root, Object.values(made))).not.toEqual([]);
    ok(await project.json(['up']));
    expect(await secretsOf(project)).toEqual(made);

    const { warnings } = ok(await project.json(['down', '--volumes', '--yes'])).data;
    expect(warnings).toEqual([expect.stringMatching(/^forgotten with the data: sentinelPassword, /)]);
    expect(await holding(project.paths.root, Object.values(made))).toEqual([]);
    ok(await project.json(['up']));
    const next = await secretsOf(project);
    expect(Object.keys(next)).toEqual(Object.keys(made));
    expect(Object.values(next).filter((text) => Object.values(made).includes(text))).toEqual([]);
  },
);

async function secretsOf(project: TestProject): Promise<Readonly<Record<string, string>>> {
  const { out } = await project.run(['env', '--format', 'json']);
  const all = Object.entries(JSON.parse(out) as Record<string, string>);
  return Object.fromEntries(all.filter(([name]) => /PASSWORD/.test(name)));
}

/** Files below a folder that hold one of these texts. */
async function holding(root: string, texts: readonly string[]): Promise<readonly string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  return files.filter((file) => texts.some((text) => readFileSync(file, 'latin1').includes(text)));
}

const VERBS = [
  ['status'],
  ['status', '--json'],
  ['config'],
  ['config', '--json', '--origins'],
  ['health', '--json'],
  ['logs'],
  ['ls', '--json'],
  ['ports'],
  ['up', '--dry-run'],
  ['cli', 'redis', 'SET', 'a', 'b'],
  ['cli', 'sentinel', 'PING'],
  ['restart', 'redis-2'],
];

function traces(text: string): readonly string[] {
  return TRACES.filter((trace) => text.includes(trace));
}

/** Looks at the arguments of every process on this machine, again and again. */
function watchArguments(): { stop(): readonly string[] } {
  const seen = new Set<string>();
  const look = (): void => {
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      const line = argumentsOf(pid);
      if (traces(line).length > 0) seen.add(line);
    }
  };
  const timer = setInterval(look, 50);
  return {
    stop: () => {
      clearInterval(timer);
      return [...seen];
    },
  };
}

function argumentsOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').join(' ');
  } catch {
    return ''; // gone
  }
}

/** Files that hold a password and that others may read, and logs that hold one. */
async function openFiles(root: string): Promise<readonly string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  const bad = await Promise.all(
    files.map(async (file) => {
      const holds = traces(await readFile(file, 'latin1')).length > 0;
      const mode = (await stat(file)).mode & 0o777;
      return holds && ((mode & 0o077) !== 0 || file.endsWith('.log')) ? [`${mode.toString(8)} ${file}`] : [];
    }),
  );
  return bad.flat();
}

async function inspected({ id }: TestProject): Promise<readonly string[]> {
  const { out: ids } = await runProgram('docker', ['ps', '-aq', '--filter', `label=dev.stackctl.project=${id}`]);
  const all = ids.split('\n').filter((line) => line !== '');
  expect(all).toHaveLength(6);
  const { out } = await runProgram('docker', ['inspect', ...all]);
  return traces(out);
}
