/** stackctl as a library, from its source, in the process of the test and in others. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readdir, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { type RunningStack, type UpOptions, up } from '../../src/api.ts';
import { identityOf } from '../../src/project/identity.ts';
import { projectPaths } from '../../src/project/paths.ts';
import type { RuntimeName } from '../../src/stack/contract/runtime-facts.ts';
import { ROOT } from './cli.ts';
import { endEverything, leftovers, type ProjectTraces } from './leftovers.ts';

export interface TestLibrary extends AsyncDisposable {
  /** Its own for each test: state of the user, and the supervisor of the build. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** A folder that goes with the test. */
  readonly folder: string;
  /** As the library's, on the runtime of the test. */
  up(stack: string, options?: UpOptions): Promise<RunningStack>;
  /** What is there of a stack: processes, containers, networks, volumes, its folder. */
  traces(stack: Pick<RunningStack, 'folder' | 'project'>): Promise<readonly string[]>;
  /** Files in the user's state: owners and the registry. */
  noted(): Promise<readonly string[]>;
  /** Runs a program that has `up`, `runtime` and `env` of this test, and hears each line that it prints. */
  program(text: string): Program;
}

export interface Program {
  readonly child: ChildProcess;
  /** The next line, parsed. @throws what it wrote on stderr, when it ends before. */
  // biome-ignore lint/suspicious/noExplicitAny: a test knows what its own program prints
  next(): Promise<any>;
  readonly ended: Promise<{ readonly code: number | null; readonly out: string; readonly err: string }>;
}

/** @example await using library = await openLibrary('process'); */
export async function openLibrary(runtime: RuntimeName): Promise<TestLibrary> {
  const base = await realpath(await mkdtemp(join(tmpdir(), 'stackctl-library-')));
  const env = environment(base);
  const images = runtime === 'docker' ? { valuesFiles: [join(ROOT, 'test/images/values.yaml')] } : {};
  const seen = new Map<string, ProjectTraces>();
  const open: RunningStack[] = [];
  const tracesOf = ({ folder, project }: Pick<RunningStack, 'folder' | 'project'>): ProjectTraces => {
    const traces = { folder, runtime, id: identityOf(project, folder).id, paths: projectPaths(folder, project) };
    seen.set(folder, traces);
    return traces;
  };
  return {
    env,
    folder: base,
    up: async (stack, options = {}) => {
      const running = await up(stack, { runtime, env, cwd: base, ...images, ...options });
      open.push(running);
      tracesOf(running);
      return running;
    },
    traces: async (stack) => {
      const folder = await readdir(stack.folder).then(
        (names) => names.map((name) => join(stack.folder, name)),
        () => [],
      );
      return [...(await leftovers(tracesOf(stack))), ...folder];
    },
    noted: async () => {
      const state = join(base, 'state');
      const names = await readdir(state, { recursive: true }).catch(() => []);
      return names.filter((name) => name.endsWith('.json'));
    },
    program: (text) => startProgram(text, { runtime, env, base, images }),
    [Symbol.asyncDispose]: async () => {
      await Promise.allSettled(open.map((stack) => stack.dispose()));
      for (const traces of seen.values()) {
        await endEverything(traces);
        await rm(traces.folder, { recursive: true, force: true });
      }
      await rm(base, { recursive: true, force: true });
    },
  };
}

interface ProgramInput {
  readonly runtime: RuntimeName;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly base: string;
  readonly images: object;
}

/** With the built library, as a test runner of somebody else would have it. */
function startProgram(text: string, { runtime, env, base, images }: ProgramInput): Program {
  const head = [
    `import * as library from ${JSON.stringify(join(ROOT, 'dist/api.js'))};`,
    `const say = (value) => console.log(JSON.stringify(value));`,
    `const up = (stack, options) => library.up(stack, { ...${JSON.stringify({ runtime, ...images })}, ...options });`,
  ];
  const child = spawn(process.execPath, ['--input-type=module', '-e', `${head.join('\n')}\n${text}`], {
    cwd: base,
    env: env as NodeJS.ProcessEnv,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const texts = { out: '', err: '' };
  let read = 0;
  child.stdout.setEncoding('utf8').on('data', (more) => (texts.out += more));
  child.stderr.setEncoding('utf8').on('data', (more) => (texts.err += more));
  const ended = new Promise<{ code: number | null; out: string; err: string }>((resolve) => {
    child.once('close', (code) => resolve({ code, ...texts }));
  });
  const next = async (): Promise<unknown> => {
    await expect
      .poll(() => texts.out.indexOf('\n', read) >= 0 || child.exitCode !== null, { timeout: 120_000 })
      .toBe(true);
    const end = texts.out.indexOf('\n', read);
    if (end < 0) throw new Error(`the program ended: ${texts.err}`);
    const line = texts.out.slice(read, end);
    read = end + 1;
    return JSON.parse(line);
  };
  return { child, next, ended };
}

/** What `npm run` and vitest put into the environment is not what a user has. */
function environment(base: string): Readonly<Record<string, string | undefined>> {
  const own = Object.entries(process.env).filter(
    ([name]) => !/^(npm_|VITEST|STACKCTL_|NODE_ENV|NODE_EXTRA_CA_CERTS|FORCE_COLOR)/.test(name),
  );
  return {
    ...Object.fromEntries(own),
    XDG_STATE_HOME: join(base, 'state'),
    STACKCTL_SUPERVISOR: join(ROOT, 'dist/supervisor.js'),
  };
}
