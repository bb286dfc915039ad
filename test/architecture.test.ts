import { readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Metafile } from 'esbuild';
import { beforeAll, describe, expect, test } from 'vitest';

/**
 * The import table of docs/architecture.md. A module is a folder of src/ (or of kinds/, runtimes/, clients/) or a file
 * directly in it; what is not listed may not be imported. `own` folders of kinds and runtimes are always allowed.
 */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  errors: [],
  version: [],
  lib: ['errors'],
  stack: ['lib', 'errors'],
  clients: ['stack', 'lib', 'errors'],
  kinds: ['stack', 'clients', 'lib', 'errors'],
  runtimes: ['stack', 'lib', 'errors'],
  render: ['stack', 'lib', 'errors'],
  health: ['stack', 'lib', 'errors'],
  lifecycle: ['health', 'render', 'stack', 'lib', 'errors'],
  doctor: ['lifecycle', 'stack', 'lib', 'errors'],
  failover: ['health', 'lifecycle', 'stack', 'lib', 'errors'],
  output: ['stack', 'lib', 'errors'],
  commands: ['failover', 'doctor', 'lifecycle', 'health', 'render', 'output', 'stack', 'lib', 'errors', 'version'],
  main: ['commands', 'output', 'lib', 'errors'],
};

/** Types only: they are gone from the program, so output may know the shapes of the results that it prints. */
const MAY_IMPORT_TYPES: Readonly<Record<string, readonly string[]>> = {
  output: ['failover', 'doctor', 'lifecycle', 'health', 'render', 'commands'],
};

/** Plugged in from the side, by folder name, and only there. */
const GLOB_IMPORTS: Readonly<Record<string, readonly string[]>> = {
  'stack/plugins.ts': ['kinds', 'runtimes'],
};

const PACKAGES: Readonly<Record<string, (file: string) => boolean>> = {
  listr2: (file) => file === 'output/live.ts',
  dockerode: (file) => file.startsWith('runtimes/docker/'),
  ioredis: (file) => file.startsWith('clients/redis/') || file.startsWith('kinds/'),
  commander: (file) => file.startsWith('commands/'),
  execa: (file) => file.startsWith('runtimes/'),
  yaml: (file) => file.startsWith('stack/') || file.startsWith('render/'),
};

/** Folders whose subfolders must not know each other. */
const SEPARATE = ['kinds', 'runtimes', 'clients'];

interface Edge {
  /** Paths relative to src/. */
  readonly from: string;
  readonly to: string;
  readonly how: 'import' | 'type' | 'glob';
}

type Sources = Readonly<Record<string, string>>;

const SRC = fileURLToPath(new URL('../src', import.meta.url));

describe('src', () => {
  let sources: Sources;
  let edges: readonly Edge[];
  beforeAll(async () => {
    sources = readSources();
    edges = [...(await programEdges(sources)), ...typeEdges(sources)];
  });

  test('imports only what the table allows', () => {
    expect(edges.length).toBeGreaterThan(50);
    expect(edges.flatMap(violation)).toEqual([]);
  });

  test('has no cycles', () => {
    expect(cyclesIn(edges)).toEqual([]);
  });

  test('names every folder in the table', () => {
    const folders = new Set(Object.keys(sources).map(moduleOf));
    expect([...folders].filter((folder) => MAY_IMPORT[folder] === undefined)).toEqual([]);
  });

  test('loads each library only where it belongs', () => {
    expect(packageViolations(sources)).toEqual([]);
  });

  test('keeps argv, environment and exit in main.ts', () => {
    expect(processViolations(sources)).toEqual([]);
  });
});

describe('the rules see', () => {
  test.each<[string, Sources, string]>([
    ['a kind that imports another kind', { 'kinds/redis/x.ts': `import '../kafka/y.ts'`, 'kinds/kafka/y.ts': '' }, 'kinds/redis/x.ts -> kinds/kafka/y.ts'],
    ['a feature that imports a kind', { 'health/a.ts': `export * from '../kinds/redis/b.ts'`, 'kinds/redis/b.ts': 'export const b = 1' }, 'health/a.ts -> kinds/redis/b.ts'],
    ['a lazy import', { 'lib/a.ts': `export const a = () => import('../stack/b.ts')`, 'stack/b.ts': 'export const b = 1' }, 'lib/a.ts -> stack/b.ts'],
    ['an import of a type', { 'stack/a.ts': `import type { B } from '../render/b.ts'; export type A = B`, 'render/b.ts': 'export type B = 1' }, 'stack/a.ts -> render/b.ts (type)'],
    ['a glob where none belongs', { 'lifecycle/a.ts': 'export const a = (n: string) => import(`../kinds/${n}/index.ts`)', 'kinds/redis/index.ts': 'export const kind = 1' }, 'lifecycle/a.ts -> kinds/redis/index.ts (glob)'],
  ])('%s', async (_what, sources, expected) => {
    const edges = [...(await programEdges(sources)), ...typeEdges(sources)];
    expect(edges.flatMap(violation)).toEqual([expected]);
  });

  test('a cycle, a library and the environment in the wrong place', async () => {
    const sources = {
      'stack/a.ts': `import '../stack/b.ts'; import 'dockerode'; export const a = process.env.HOME`,
      'stack/b.ts': `import { a } from './a.ts'; export const b = a`,
    };
    expect(cyclesIn(await programEdges(sources))).toEqual(['stack/a.ts -> stack/b.ts -> stack/a.ts']);
    expect(packageViolations(sources)).toEqual(['stack/a.ts loads dockerode']);
    expect(processViolations(sources)).toEqual(['stack/a.ts uses process.env']);
  });
});

function violation({ from, to, how }: Edge): readonly string[] {
  const [source, target] = [moduleOf(from), moduleOf(to)];
  const text = `${from} -> ${to}${how === 'import' ? '' : ` (${how})`}`;
  if (how === 'glob') return GLOB_IMPORTS[from]?.includes(target) === true || source === target ? [] : [text];
  if (source === target) return SEPARATE.includes(source) && areSeparate(from, to) ? [text] : [];
  const allowed = [...(MAY_IMPORT[source] ?? []), ...(how === 'type' ? (MAY_IMPORT_TYPES[source] ?? []) : [])];
  return allowed.includes(target) ? [] : [text];
}

/** `kinds/redis/x.ts` and `kinds/kafka/y.ts` are; a file directly in `kinds/` belongs to no kind. */
function areSeparate(from: string, to: string): boolean {
  return from.split('/')[1] !== to.split('/')[1];
}

function moduleOf(file: string): string {
  return file.split('/')[0]?.replace(/\.ts$/, '') ?? file;
}

/** What the program really loads, as esbuild resolves it; types are gone from it. */
async function programEdges(sources: Sources): Promise<readonly Edge[]> {
  const { metafile } = await build({
    entryPoints: Object.keys(sources).map((file) => join(SRC, file)),
    absWorkingDir: SRC,
    outdir: '/out',
    bundle: true,
    splitting: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    logLevel: 'silent',
    plugins: isOnDisk(sources) ? [] : [memory(sources)],
  });
  return edgesOf(metafile);
}
