/** Real PostgreSQL servers, started by what the kinds themselves declare for the process runtime. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import type { Kind } from '../../src/stack/contract/kind.ts';
import type { InstanceInput, Service, ServiceInput, Stack } from '../../src/stack/contract/model.ts';
import type { Probe } from '../../src/stack/contract/probe.ts';
import { fixtureStack } from './fixture-kind.ts';
import { freePorts } from './free-ports.ts';
import { PROCESS } from './runtime-facts.ts';
import { patience, waitFor } from './wait-for.ts';

/** What test/setup.sh puts there: PostgreSQL 17 with the Apache edition of TimescaleDB. */
const TIMESCALE_TREE = '/opt/stackctl-test/postgresql-17/usr/lib/postgresql/17';

export interface Installation {
  readonly postgres: string;
  readonly hasTimescale: boolean;
}

function installationsAt(folder: string): readonly Installation[] {
  const postgres = `${folder}/bin/postgres`;
  return existsSync(postgres) ? [{ postgres, hasTimescale: existsSync(`${folder}/lib/timescaledb.so`) }] : [];
}

const INSTALLATIONS = [
  ...installationsAt(TIMESCALE_TREE),
  ...[18, 17, 16, 15, 14].flatMap((major) => installationsAt(`/usr/lib/postgresql/${major}`)),
];

/**
 * A PostgreSQL of this machine with or without TimescaleDB; undefined: there is none, which is said, and which is an
 * error where STACKCTL_REQUIRE (a list with commas) names the process runtime.
 */
export function installation(hasTimescale: boolean): Installation | undefined {
  const found = INSTALLATIONS.find((candidate) => candidate.hasTimescale === hasTimescale);
  if (found !== undefined) return found;
  const text = `no PostgreSQL ${hasTimescale ? 'with' : 'without'} TimescaleDB: test/setup.sh installs it`;
  if ((process.env.STACKCTL_REQUIRE ?? '').split(',').includes('process')) throw new Error(`required: ${text}`);
  process.stderr.write(`skipped: ${text}\n`);
  return undefined;
}

export interface PostgresServer<Options> extends AsyncDisposable {
  readonly input: InstanceInput<Options>;
  readonly service: ServiceInput<Options>;
  readonly folder: string;
  readonly data: string;
  readonly child: () => ChildProcess;
  start(): Promise<void>;
  /** Ends it with this signal and returns how it ended. */
  end(signal: NodeJS.Signals): Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  probe(): Promise<Probe>;
  /** Starts nothing: waits until the probe finds nothing wrong, and makes what is missing. */
  ready(): Promise<Probe>;
  log(): Promise<string>;
}

export interface ServerInput<Options> {
  readonly kind: Kind<Options>;
  readonly options: Readonly<Record<string, unknown>>;
  readonly installation: Installation;
  readonly environment?: Readonly<Record<string, string>>;
}

/** In a folder that only its owner can enter. Not started yet. */
export async function postgresServer<Options>(input: ServerInput<Options>): Promise<PostgresServer<Options>> {
  const folder = await mkdtemp(join(tmpdir(), 'stackctl-postgres-'));
  await chmod(folder, 0o700);
  const port = await freePorts(1);
  const stack = serverStack(input, folder, port);
  const service = stack.services[0] as unknown as Service<Options>;
  const instance = service.instances[0];
  if (instance === undefined) throw new Error('no instance');
  const instanceInput = { stack, service, instance };
  const config = join(folder, 'rendered', instance.name);
  const data = join(folder, 'data');
  const logFile = join(folder, 'log');
  for (const file of input.kind.files(instanceInput)) {
    const path = join(folder, 'rendered', file.path);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, file.text, { mode: file.mode });
  }
  await mkdir(data, { recursive: true });
  const spec = input.kind.process(instanceInput, { binaries: { postgres: input.installation.postgres }, config, data });
  let child: ChildProcess | undefined;
  let log = '';
  const running = (): ChildProcess => {
    if (child === undefined) throw new Error('the server was not started');
    return child;
  };
  const server: PostgresServer<Options> = {
    input: instanceInput,
    service: { stack, service },
    folder,
    data,
    child: running,
    start: async () => {
      const [program, ...rest] = spec.argv;
      child = spawn(program, rest, {
        cwd: data,
        env: { PATH: process.env.PATH, ...spec.environment, ...input.environment },
        detached: true,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (log += chunk));
    },
    end: (signal) => end(running(), signal),
    probe: () => input.kind.probe(instanceInput, patience()),
    ready: async () => {
      const signal = patience();
      await input.kind.provision?.({ stack, service }, { signal, emit: () => undefined });
      let probe: Probe | undefined;
      await waitFor(`a ready server; its log:\n${log}`, async () => {
        probe = await server.probe();
        return probe.reasons.length === 0;
      });
      return probe as Probe;
    },
    log: async () => log + (existsSync(logFile) ? await readFile(logFile, 'utf8') : ''),
    [Symbol.asyncDispose]: async () => {
      if (child !== undefined && child.exitCode === null && child.signalCode === null) await end(child, 'SIGQUIT');
      await rm(folder, { recursive: true, force: true });
    },
  };
  return server;
}

function serverStack<Options>({ kind, options }: ServerInput<Options>, folder: string, port: number): Stack {
  const stack = fixtureStack({
    runtime: PROCESS,
    folder,
    name: 'pg',
    id: 'pg-test',
    image: '',
    network: undefined,
    marker: '',
    count: 1,
  });
  const address = { host: '127.0.0.1', port };
  const service = {
    ...stack.services[0],
    name: 'db',
    kind,
    options: kind.options.parse(options),
    instances: [
      {
        name: 'db-1',
        service: 'db',
        index: 1,
        ports: [{ name: 'postgres', inside: port, host: port }],
        peer: address,
        client: address,
      },
    ],
  };
  return { ...stack, services: [service as unknown as Service] };
}

function end(child: ChildProcess, signal: NodeJS.Signals) {
  return new Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) {
      resolve({ code: child.exitCode, signal: child.signalCode });
      return;
    }
    child.once('exit', (code, by) => resolve({ code, signal: by }));
    child.kill(signal);
  });
}

/** The installation with TimescaleDB in a folder of its own, without that extension until it is installed. */
export async function installationWithout({ postgres }: Installation, folder: string): Promise<LateInstallation> {
  const root = join(dirname(postgres), '../../../..');
  const isLate = (name: string) => name.startsWith('timescaledb');
  const link = async (path: string, wanted: (name: string) => boolean): Promise<void> => {
    await mkdir(join(folder, path), { recursive: true });
    for (const name of (await readdir(join(root, path))).filter(wanted)) {
      await symlink(join(root, path, name), join(folder, path, name));
    }
  };
  const version = basename(join(dirname(postgres), '..'));
  const [bin, lib] = [`lib/postgresql/${version}/bin`, `lib/postgresql/${version}/lib`];
  const share = `share/postgresql/${version}`;
  // The programs find the rest from where they are themselves.
  await cp(join(root, bin), join(folder, bin), { recursive: true });
  await link(share, (name) => name !== 'extension');
  for (const path of [lib, `${share}/extension`]) await link(path, (name) => !isLate(name));
  return {
    postgres: join(folder, bin, 'postgres'),
    hasTimescale: false,
    install: async () => {
      for (const path of [lib, `${share}/extension`]) await link(path, isLate);
    },
  };
}

export interface LateInstallation extends Installation {
  /** Puts the files of TimescaleDB there, as a package does while servers run. */
  install(): Promise<void>;
}
