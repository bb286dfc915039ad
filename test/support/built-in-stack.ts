import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { ProjectIdentity, Stack } from '../../src/stack/contract/model.ts';
import { builtInPlugins, factsOf } from '../../src/stack/contract/plugins.ts';
import type { RuntimeName } from '../../src/stack/contract/runtime-facts.ts';
import { loadSpec } from '../../src/stack/load/load-spec.ts';
import type { LoadedStack } from '../../src/stack/load/loaded-stack.ts';
import type { Decisions } from '../../src/stack/load/resolution.ts';
import { resolveStack } from '../../src/stack/load/resolve.ts';
import { resolveValues } from '../../src/stack/values/values.ts';

const TEMPLATES = fileURLToPath(new URL('../../templates', import.meta.url));

export interface BuiltInStackInput {
  readonly runtime: RuntimeName;
  /** As `--set` would give them. */
  readonly values?: Readonly<Record<string, string>>;
  readonly decisions?: Decisions;
  readonly identity?: ProjectIdentity;
}

/** A built-in stack as a command would resolve it, with the same identity on every machine. */
export async function builtInStack(name: string, input: BuiltInStackInput): Promise<Stack> {
  const { runtime, values = {}, decisions, identity = fixedIdentity(name) } = input;
  const source = await readOnce(name);
  // Where the stack lies, and what its programs are made of, is not what a test of rendered bytes is about.
  const builds = new Map([...source.builds.keys()].map((service) => [service, 'content']));
  const loaded = { ...source, folder: `/templates/${name}`, builds };
  const resolved = resolveValues({
    stack: name,
    specs: loaded.spec.values,
    given: Object.entries(values).map(([key, given]) => ({ name: key, given, origin: '--set' })),
    profile: 'dev',
    generated: {},
    random: () => Buffer.alloc(32),
  });
  return resolveStack({
    loaded,
    values: resolved.values,
    profile: 'dev',
    identity,
    runtime: factsOf(runtime),
    ...(decisions === undefined ? {} : { decisions }),
  });
}

const read = new Map<string, Promise<LoadedStack>>();

/** Its files do not change while tests run. */
function readOnce(name: string): Promise<LoadedStack> {
  const known = read.get(name);
  if (known !== undefined) return known;
  const loading = loadSpec({ folder: `${TEMPLATES}/${name}`, displayName: 'stack.yaml', plugins: builtInPlugins });
  read.set(name, loading);
  return loading;
}

export function builtInNames(): readonly string[] {
  const entries = readdirSync(TEMPLATES, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}

function fixedIdentity(name: string): ProjectIdentity {
  return { name, id: `${name}-000000`, folder: '/project' };
}
