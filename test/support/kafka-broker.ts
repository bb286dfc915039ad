/** A real broker as a local process, started by what the kind says and nothing else. */
import { type ChildProcess, spawn } from 'node:child_process';
import { openSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fetchDownload } from '../../src/doctor/fixes/fetch-download.ts';
import { JAVA, KAFKA_LIBS } from '../../src/kinds/kafka/binaries.ts';
import type { KafkaOptions } from '../../src/kinds/kafka/options.ts';
import { cacheFolder } from '../../src/lib/cache-folder.ts';
import { render } from '../../src/render/render.ts';
import { writeRendered } from '../../src/render/write.ts';
import { findBinaries } from '../../src/runtimes/process/binaries/find.ts';
import { pathsOrThrow } from '../../src/runtimes/process/binaries/report.ts';
import type { Kind } from '../../src/stack/contract/kind.ts';
import type { ProcessPaths } from '../../src/stack/contract/launch.ts';
import type { InstanceInput } from '../../src/stack/contract/model.ts';
import { type Stack, serviceOf } from '../../src/stack/contract/model.ts';
import { freePorts } from './free-ports.ts';
import { kafkaStack } from './kafka-stack.ts';
import { waitFor } from './wait-for.ts';

export interface Broker extends AsyncDisposable {
  /** Its data folder, where the tools are. */
  readonly data: string;
  readonly kind: Kind<KafkaOptions>;
  readonly pid: number;
  /** The same broker as a stack with other options would see it. */
  input(options?: unknown): Promise<InstanceInput<KafkaOptions>>;
  log(): Promise<string>;
  start(): Promise<void>;
  /** Returns once it has ended, with its exit code or signal. */
  end(signal: NodeJS.Signals): Promise<number | NodeJS.Signals | null>;
}

/** The programs; what is missing is fetched into the user's cache folder, as `doctor --fix` does. */
async function programs(): Promise<ProcessPaths['binaries']> {
  const { env } = process;
  const needs = [JAVA, KAFKA_LIBS];
  const findings = await findBinaries(needs, env);
  const download = KAFKA_LIBS.download;
  if (download !== undefined && findings.some(({ type, need }) => type !== 'found' && need === KAFKA_LIBS)) {
    await fetchDownload({ download, cacheFolder: cacheFolder(env), env, signal: AbortSignal.timeout(120_000) });
  }
  return pathsOrThrow(await findBinaries(needs, env), process.platform);
}

export async function openBroker(options: unknown): Promise<Broker> {
  const folder = await mkdtemp(join(tmpdir(), 'stackctl-kafka-'));
  const port = await freePorts(3);
  const stackWith = (given: unknown): Promise<Stack> => kafkaStack({ runtime: 'process', port, options: given });
  const inputOf = (stack: Stack): InstanceInput<KafkaOptions> => {
    const service = serviceOf(stack, 'kafka') as InstanceInput<KafkaOptions>['service'];
    const [instance] = service.instances;
    if (instance === undefined) throw new Error('no instance');
    return { stack, service, instance };
  };
  const stack = await stackWith(options);
  const input = inputOf(stack);
  const { kind } = input.service;
  const config = join(folder, 'rendered', input.instance.name);
  const data = join(folder, 'data');
  await writeRendered(join(folder, 'rendered'), render(stack).files, { prune: true });
  await mkdir(data);
  const spec = kind.process(input, { binaries: await programs(), config, data });
  const [program, ...args] = spec.argv;
  let child: ChildProcess | undefined;

  const isRunning = (): boolean => child !== undefined && child.exitCode === null && child.signalCode === null;
  const end = async (signal: NodeJS.Signals): Promise<number | NodeJS.Signals | null> => {
    if (child === undefined) return null;
    const ended = child;
    if (isRunning()) {
      const over = new Promise((resolve) => ended.once('exit', resolve));
      ended.kill(signal);
      await over;
    }
    return ended.exitCode ?? ended.signalCode;
  };
  const broker: Broker = {
    data,
    kind,
    get pid() {
      return child?.pid ?? 0;
    },
    input: async (given) => (given === undefined ? input : inputOf(await stackWith(given))),
    log: () => readFile(join(folder, 'log'), 'utf8'),
    start: async () => {
      const output = openSync(join(folder, 'log'), 'a');
      child = spawn(program, args, {
        cwd: data,
        env: { PATH: process.env.PATH, ...spec.environment },
        stdio: ['ignore', output, output],
      });
      await waitFor('the broker to answer', async () => {
        if (!isRunning()) throw new Error(await broker.log());
        return (await kind.probe(input, AbortSignal.timeout(2500))).role !== undefined;
      });
    },
    end,
    [Symbol.asyncDispose]: async () => {
      await end('SIGKILL');
      await rm(folder, { recursive: true, force: true });
    },
  };
  return broker;
}
