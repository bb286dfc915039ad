/** One project of the built program in a folder of its own: what the e2e tests run and look at. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { InstanceView, StatusView } from '../../src/lifecycle/status.ts';
import { identityOf } from '../../src/project/identity.ts';
import { projectPaths } from '../../src/project/paths.ts';
import type { ProjectPaths } from '../../src/stack/contract/paths.ts';
import type { RuntimeName } from '../../src/stack/contract/runtime-facts.ts';
import { ROOT, STACKCTL } from './cli.ts';
import { endEverything, leftovers } from './leftovers.ts';
import { programPath } from './need.ts';
import { freePortValues } from './port-values.ts';

export const STACK = 'redis-sentinel';

/** Values that make a failover take three seconds instead of six. */
export const FAST = { downAfterMs: 2000, failoverTimeoutMs: 10_000 } as const;

/** Longer than a busy machine keeps a server from answering: for tests in which no election of the Sentinels' own may be. */
export const PATIENT = { downAfterMs: 8000, failoverTimeoutMs: 20_000 } as const;

export interface Run {
  /** Exit code; of a signal that ended the process as a shell tells it, e.g. 130 for SIGINT. */
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** The JSON envelope. `data` is what the verb under test says it is. */
export interface Envelope {
  readonly code: number;
  readonly command: string;
  readonly status: 'ok' | 'failed';
  // biome-ignore lint/suspicious/noExplicitAny: a test looks into it with matchers
  readonly data: any;
  readonly warnings: readonly string[];
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly hint: string | null;
    // biome-ignore lint/suspicious/noExplicitAny: as above
    readonly details: any;
  } | null;
}

export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Run>;
}

export interface ProjectOptions {
  /** A built-in stack, by default redis-sentinel. */
  readonly stack?: string;
  readonly runtime: RuntimeName;
  readonly values?: Readonly<Record<string, string | number>>;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Files of the project's folder before the first `up`: name -> text. */
  readonly files?: Readonly<Record<string, string>>;
  /** Name of the project's folder; default `project`. */
  readonly folderName?: string;
}

/** A folder in which the built program is run. */
export interface Place {
  readonly folder: string;
  readonly runtime: RuntimeName;
  readonly paths: ProjectPaths;
  run(args: readonly string[], env?: NodeJS.ProcessEnv): Promise<Run>;
  /** With --json. */
  json(args: readonly string[], env?: NodeJS.ProcessEnv): Promise<Envelope>;
}

export interface TestProject extends Place, AsyncDisposable {
  readonly id: string;
  readonly env: NodeJS.ProcessEnv;
  readonly ports: { readonly redis: number; readonly sentinel: number };
  /** Value of type port -> the first of the free ports in a row that it was given. */
  readonly portValues: Readonly<Record<string, number>>;
  /** The words of the first `up`. */
  readonly upArgs: readonly string[];
  /** From here on another stackctl is run: the path of its program. */
  use(program: string): void;
  /** The stackctl that is run is the one built from this source. */
  usesThisBuild(): boolean;
  /** Starts stackctl and returns at once. */
  begin(args: readonly string[], env?: NodeJS.ProcessEnv, limitMs?: number): Running;
  /** The same user in another folder, for what was copied or moved there. */
  at(folder: string): Place;
  /** Brings it up and fails the test when that fails. */
  up(...args: readonly string[]): Promise<StatusView>;
  status(): Promise<StatusView>;
  instance(name: string): Promise<InstanceView>;
  /** Processes, containers, networks, volumes and locks of this project that are there now. */
  leftovers(options?: { readonly data?: boolean }): Promise<readonly string[]>;
}

/** Stacks whose Docker network has a name that a value declares. */
const NAMED_NETWORKS: ReadonlySet<string> = new Set(['redis-sentinel', 'valkey-sentinel']);

/** @example await using project = await openTestProject({ runtime: 'process', values: FAST }); */
export async function openTestProject(options: ProjectOptions): Promise<TestProject> {
  const { runtime, stack = STACK } = options;
  const base = await realpath(await mkdtemp(join(tmpdir(), 'stackctl-e2e-')));
  const folder = join(base, options.folderName ?? 'project');
  await mkdir(folder);
  for (const [name, text] of Object.entries(options.files ?? {})) await writeFile(join(folder, name), text);
  let program = STACKCTL;
  const portValues = await freePortValues(stack);
  const ports = { redis: portValues.redisPort ?? 0, sentinel: portValues.sentinelPort ?? 0 };
  const env = environment(base, options.env);
  const id = identityOf(stack, folder).id;
  // Projects of other files come up at the same time, each with a registry of its own, and would all take the stack's name.
  const network = NAMED_NETWORKS.has(stack) ? { network: id } : {};
  const values = { ...portValues, ...network, ...options.values };
  const startAt = (where: string, args: readonly string[], extra: NodeJS.ProcessEnv = {}, limitMs?: number): Running =>
    start(program, args, { cwd: where, env: { ...env, ...extra } }, limitMs);
  const begin: TestProject['begin'] = (args, extra, limitMs) => startAt(folder, args, extra, limitMs);
  const at = (where: string): Place => {
    const run: Place['run'] = (args, extra) => startAt(where, args, extra).ended;
    const json: Place['json'] = async (args, extra) => envelope(await run([...args, '--json'], extra));
    return { folder: where, runtime, paths: projectPaths(where, stack), run, json };
  };
  const { run, json, paths } = at(folder);
  const project = { folder, id, runtime, paths };
  const upArgs = ['up', stack, '--runtime', runtime, ...imageArgs(runtime), ...setArgs(values)];
  const status = async (): Promise<StatusView> => ok(await json(['status'])).data;
  return {
    ...project,
    env,
    ports,
    portValues,
    upArgs,
    use: (path) => {
      program = path;
    },
    usesThisBuild: () => program === STACKCTL,
    begin,
    at,
    run,
    json,
    status,
    up: async (...args) => ok(await json([...upArgs, ...args])).data,
    instance: async (name) => {
      const found = (await status()).instances.find((instance) => instance.name === name);
      if (found === undefined) throw new Error(`no instance ${name}`);
      return found;
    },
    leftovers: (only) => leftovers(project, only),
    [Symbol.asyncDispose]: async () => {
      // Most tests end with a `down` of their own. To ask Docker costs as much as another one.
      const isGone = runtime === 'process' && (await leftovers(project)).length === 0;
      if (existsSync(folder) && !isGone) await run(['down', '--volumes', '--yes']);
      await endEverything(project);
      await rm(base, { recursive: true, force: true });
    },
  };
}

/**
 * A folder of its own in which another build of stackctl is run.
 * @param stack name of the stack that the test puts there.
 */
export async function openPlace(
  program: string,
  stack: string,
  runtime: RuntimeName,
): Promise<Place & Pick<TestProject, 'begin'> & AsyncDisposable> {
  const base = await realpath(await mkdtemp(join(tmpdir(), 'stackctl-e2e-')));
  const folder = join(base, 'project');
  await mkdir(folder);
  const env = environment(base);
  const begin: TestProject['begin'] = (args, extra) => start(program, args, { cwd: folder, env: { ...env, ...extra } });
  const run: Place['run'] = (args, extra) => begin(args, extra).ended;
  return {
    folder,
    runtime,
    paths: projectPaths(folder, stack),
    begin,
    run,
    json: async (args, extra) => envelope(await run([...args, '--json'], extra)),
    [Symbol.asyncDispose]: async () => {
      await run(['down', '--volumes', '--yes']);
      await rm(base, { recursive: true, force: true });
    },
  };
}

/** Fails the test with everything that the run said. */
export function ok(result: Envelope): Envelope {
  if (result.code !== 0) throw new Error(`exit ${result.code}: ${JSON.stringify(result, null, 2)}`);
  return result;
}

/** The one instance with this role. */
export function withRole(view: StatusView, role: string): InstanceView {
  const found = view.instances.filter((instance) => instance.role === role);
  if (found.length !== 1 || found[0] === undefined) throw new Error(`${found.length} instances are ${role}`);
  return found[0];
}

export function portOf({ client }: Pick<InstanceView, 'client'>): number {
  return Number(client.split(':').at(-1));
}

const RUN_LIMIT_MS = 150_000;

function start(
  program: string,
  args: readonly string[],
  place: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
  limitMs = RUN_LIMIT_MS,
): Running {
  const child = spawn(program, [...args], { ...place, stdio: ['ignore', 'pipe', 'pipe'] });
  const limit = setTimeout(() => child.kill('SIGKILL'), limitMs);
  const texts = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (text) => (texts.out += text));
  child.stderr.setEncoding('utf8').on('data', (text) => (texts.err += text));
  const ended = new Promise<Run>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      clearTimeout(limit);
      resolve({ code: code ?? 128 + (signal === null ? 0 : constants.signals[signal]), ...texts });
    });
  });
  return { child, ended };
}

function envelope({ code, out, err }: Run): Envelope {
  try {
    return { code, ...JSON.parse(out) };
  } catch {
    throw new Error(`exit ${code}, no JSON on stdout: "${out}"; stderr:\n${err}`);
  }
}

/** Where test/setup.sh puts a PostgreSQL with TimescaleDB on a machine whose own packages have none. */
const TIMESCALE_POSTGRES = '/opt/stackctl-test/postgresql-17/usr/lib/postgresql/17/bin/postgres';

const TEST_PROGRAMS = {
  ...(existsSync(TIMESCALE_POSTGRES) ? { STACKCTL_BIN_POSTGRES: TIMESCALE_POSTGRES } : {}),
  ...given('VALKEY_SERVER', 'valkey-server'),
  ...given('VALKEY_CLI', 'valkey-cli'),
};

function given(variable: string, program: string): Readonly<Record<string, string>> {
  const path = programPath(program);
  return path === program ? {} : { [`STACKCTL_BIN_${variable}`]: path };
}

/**
 * What `npm run` and vitest put into the environment is not what a user has. And a file of certificates, which no test needs,
 * makes each start of Node.js 50 ms longer.
 */
function environment(base: string, extra: ProjectOptions['env'] = {}): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(
    ([name]) => !/^(npm_|VITEST|STACKCTL_|NODE_ENV|NODE_EXTRA_CA_CERTS|FORCE_COLOR)/.test(name),
  );
  return { ...Object.fromEntries(own), ...TEST_PROGRAMS, XDG_STATE_HOME: join(base, 'state'), ...extra };
}

function imageArgs(runtime: RuntimeName): readonly string[] {
  return runtime === 'docker' ? ['--values', join(ROOT, 'test/images/values.yaml')] : [];
}

function setArgs(values: Readonly<Record<string, string | number>>): readonly string[] {
  return Object.entries(values).flatMap(([key, value]) => ['--set', `${key}=${value}`]);
}
