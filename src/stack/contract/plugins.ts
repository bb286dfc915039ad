import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Kind } from './kind.ts';
import type { RuntimeName } from './model.ts';
import type { RuntimeModule } from './runtime.ts';

/**
 * Names of the folders under src/kinds and src/runtimes, put in by the build (esbuild's `define`), because a bundle has
 * no such folders. Undefined when the source runs as it is.
 */
declare const STACKCTL_KIND_NAMES: readonly string[] | undefined;
declare const STACKCTL_RUNTIME_NAMES: readonly RuntimeName[] | undefined;

/** Where kinds and runtimes come from; an argument of everything that needs them. */
export interface PluginSource {
  kindNames(): readonly string[];
  runtimeNames(): readonly RuntimeName[];
  /** @param name one of `kindNames()`. */
  loadKind(name: string): Promise<Kind>;
  loadRuntime(name: RuntimeName): Promise<RuntimeModule>;
}

export const builtInPlugins: PluginSource = { kindNames, runtimeNames, loadKind, loadRuntime };

export function kindNames(): readonly string[] {
  return typeof STACKCTL_KIND_NAMES === 'undefined' ? foldersIn('../../kinds') : STACKCTL_KIND_NAMES;
}

export function runtimeNames(): readonly RuntimeName[] {
  if (typeof STACKCTL_RUNTIME_NAMES !== 'undefined') return STACKCTL_RUNTIME_NAMES;
  return foldersIn('../../runtimes') as readonly RuntimeName[];
}

// A template literal of this form becomes one chunk per folder in esbuild and a glob in vite.
export async function loadKind(name: string): Promise<Kind> {
  const module = (await import(`../../kinds/${name}/index.ts`)) as { readonly kind: Kind };
  return module.kind;
}

export async function loadRuntime(name: RuntimeName): Promise<RuntimeModule> {
  return (await import(`../../runtimes/${name}/index.ts`)) as RuntimeModule;
}

function foldersIn(relative: string): readonly string[] {
  const folder = fileURLToPath(new URL(relative, import.meta.url));
  return readdirSync(folder)
    .filter((name) => existsSync(`${folder}/${name}/index.ts`))
    .sort();
}
