/** What the contract suite needs to run any runtime: one harness per folder of src/runtimes. */
import { createHash, randomBytes } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectPaths } from '../../src/project/paths.ts';
import { render } from '../../src/render/render.ts';
import { openReplace } from '../../src/render/replace-rendered.ts';
import { instancesOf, type Network, type Stack } from '../../src/stack/contract/model.ts';
import type { ProjectPaths } from '../../src/stack/contract/paths.ts';
import { factsOf, loadRuntime, runtimeNames } from '../../src/stack/contract/plugins.ts';
import type { Runtime, RuntimeInput, RuntimeModule } from '../../src/stack/contract/runtime.ts';
import type { RuntimeName } from '../../src/stack/contract/runtime-facts.ts';
import { fixtureKind, fixtureStack } from './fixture-kind.ts';
import { buildSupervisor } from './supervisor-program.ts';

type Env = RuntimeInput['env'];

export interface RuntimeHarness {
  readonly name: RuntimeName;
  readonly module: RuntimeModule;
  /** Why this runtime cannot be tested here; undefined when it can. */
  readonly missing: string | undefined;
  readonly env: Env;
  readonly network: (name: string) => Promise<Network | undefined>;
  readonly image: string;
}

export interface TestProject {
  readonly input: RuntimeInput;
  readonly paths: ProjectPaths;
  readonly runtime: Runtime;
  readonly stack: Stack;
  /** A second command on the same project. */
  openAgain(): Promise<Runtime>;
  /** Renders with this marker (another marker, another hash) and starts; without names all instances. */
  start(names?: readonly string[], marker?: string, signal?: AbortSignal): Promise<void>;
  /** `down` with volumes, whatever state the project is in. */
  cleanUp(): Promise<void>;
}

/** Every runtime that there is, found by its folder. */
export async function runtimeHarnesses(env: Env): Promise<readonly RuntimeHarness[]> {
  return Promise.all(runtimeNames().map((name) => harnessOf(name, env)));
}

/** `STACKCTL_REQUIRE=docker,process`: a runtime that must not be skipped. */
export function isRequired(name: string, env: Env): boolean {
  return (env.STACKCTL_REQUIRE ?? '').split(',').includes(name);
}

export async function makeProject(
  harness: RuntimeHarness,
  options: { readonly count?: number; readonly kind?: typeof fixtureKind } = {},
): Promise<TestProject> {
  const folder = realpathSync(await mkdtemp(join(tmpdir(), 'stackctl-contract-')));
  const id = `contract-${randomBytes(4).toString('hex')}`;
  const paths = projectPaths(folder, 'fixture');
  const network = await harness.network(id);
  const input: RuntimeInput = { projectId: id, paths, env: harness.env };
  const runtime = await harness.module.open(input);
  const { name: runtimeName, image } = harness;
  const { count = 2, kind = fixtureKind } = options;
  const stackOf = (marker: string) =>
    fixtureStack({ runtime: factsOf(runtimeName), folder, name: 'fixture', id, image, network, marker, count, kind });
  return {
    input,
    paths,
    runtime,
    stack: stackOf('one'),
    openAgain: () => harness.module.open(input),
    start: async (names, marker = 'one', signal = new AbortController().signal) => {
      const stack = stackOf(marker);
      const wanted = names ?? instancesOf(stack).map(({ name }) => name);
      const observed = await runtime.observe();
      const replace = await openReplace({ paths, rendered: render(stack), observed, keepUnknown: false });
      await replace(wanted);
      await runtime.start(stack, wanted, { signal });
    },
    cleanUp: async () => {
      await runtime.down({ volumes: true });
      await runtime.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** By the facts of the runtime, so that a new one needs no harness of its own. */
async function harnessOf(name: string, env: Env): Promise<RuntimeHarness> {
  const { startsFrom, addressing } = factsOf(name);
  const module = await loadRuntime(name);
  const image = env.STACKCTL_TEST_IMAGE ?? fixtureKind.defaultImage;
  const needs = { images: startsFrom === 'image' ? [image] : [], binaries: [] };
  const { available, reason } = await module.availability(needs, env, { pull: false });
  const network = async (id: string): Promise<Network | undefined> => {
    if (addressing === 'loopback') return undefined;
    return { name: id, subnet: freeSubnet(id, (await module.takenNetworks(env)).subnets) };
  };
  const supervised = startsFrom === 'binary' ? { ...env, STACKCTL_SUPERVISOR: await buildSupervisor() } : env;
  return { name, module, missing: available ? undefined : reason, env: supervised, network, image };
}

/** Begins at a place of the project's own: two projects may be given theirs before either has made its network. */
function freeSubnet(project: string, taken: readonly string[]): string {
  const first = createHash('sha256').update(project).digest()[0] ?? 0;
  for (let step = 0; step < 256; step++) {
    const subnet = `10.231.${(first + step) % 256}.0/24`;
    if (!taken.includes(subnet)) return subnet;
  }
  throw new Error('no free subnet for the test');
}
