/** Kinds and runtimes are found by the names of their folders: nothing else has to be changed for a new one. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Kind } from './kind.ts';
import type { RuntimeModule } from './runtime.ts';
import type { RuntimeFacts, RuntimeName } from './runtime-facts.ts';

/**
 * The folders under src/kinds, and what the folders under src/runtimes say about themselves, put in by the build
 * (esbuild's `define`), because a bundle has no such folders. Undefined when the source runs as it is.
 */
declare const STACKCTL_KIND_NAMES: readonly string[] | undefined;
declare const STACKCTL_RUNTIMES: readonly RuntimeFacts[] | undefined;

/** Where kinds and runtimes come from; an argument of everything that loads them. */
export interface PluginSource {
  kindNames(): readonly string[];
  /** In the order of `runtimes`. */
  runtimeNames(): readonly RuntimeName[];
  /** @param name one of `kindNames()`. */
  loadKind(name: string): Promise<Kind>;
  /** @param name one of `runtimeNames()`. */
  loadRuntime(name: RuntimeName): Promise<RuntimeModule>;
}

export const builtInPlugins: PluginSource = { kindNames, runtimeNames, loadKind, loadRuntime };

export function kindNames(): readonly string[] {
  return typeof STACKCTL_KIND_NAMES === 'undefined' ? foldersIn('../../kinds') : STACKCTL_KIND_NAMES;
}

/** In the order in which `auto` tries them; last those that it does not try. */
export function runtimes(): readonly RuntimeFacts[] {
  const found =
    typeof STACKCTL_RUNTIMES === 'undefined' ? foldersIn('../../runtimes').map(readFacts) : STACKCTL_RUNTIMES;
  return [...found].sort((a, b) => (a.autoRank ?? Infinity) - (b.autoRank ?? Infinity) || (a.name < b.name ? -1 : 1));
}

export function runtimeNames(): readonly RuntimeName[] {
  return runtimes().map(({ name }) => name);
}

/** What is known of a runtime without loading it. Names are checked where they are read, so a miss is a bug. */
export function factsOf(name: RuntimeName): RuntimeFacts {
  const facts = runtimes().find((candidate) => candidate.name === name);
  if (facts === undefined) throw new Error(`no runtime named ${name}`);
  return facts;
}

// A template literal of this form becomes one chunk per folder in esbuild and a glob in vite.
export async function loadKind(name: string): Promise<Kind> {
  const module = (await import(`../../kinds/${name}/index.ts`)) as { readonly kind: Kind };
  return module.kind;
}

export async function loadRuntime(name: RuntimeName): Promise<RuntimeModule> {
  return (await import(`../../runtimes/${name}/index.ts`)) as RuntimeModule;
}

function readFacts(name: RuntimeName): RuntimeFacts {
  const file = fileURLToPath(new URL(`../../runtimes/${name}/facts.json`, import.meta.url));
  return { name, ...(JSON.parse(readFileSync(file, 'utf8')) as Omit<RuntimeFacts, 'name'>) };
}

function foldersIn(relative: string): readonly string[] {
  const folder = fileURLToPath(new URL(relative, import.meta.url));
  return readdirSync(folder)
    .filter((name) => existsSync(`${folder}/${name}/index.ts`))
    .sort();
}
