import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Metafile } from 'esbuild';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';

/**
 * The import table of docs/architecture.md. A module is a folder of src/ (or of kinds/, runtimes/, clients/) or a file
 * directly in it; what is not listed may not be imported. `own` folders of kinds and runtimes are always allowed.
 */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  errors: [],
  version: [],
  // `service-kit`: the few files that the programs of stacks need too.
  lib: ['errors', 'service-kit'],
  stack: ['lib', 'errors'],
  project: ['stack', 'lib', 'errors'],
  clients: ['stack', 'lib', 'errors'],
  // `programs`: only the files by which a program is talked to, see PROTOCOL.
  kinds: ['programs', 'stack', 'clients', 'lib', 'errors'],
  runtimes: ['programs', 'stack', 'lib', 'errors'],
  programs: ['stack', 'lib', 'errors'],
  render: ['stack', 'lib', 'errors'],
  health: ['stack', 'lib', 'errors'],
  lifecycle: ['health', 'render', 'project', 'stack', 'lib', 'errors'],
  doctor: ['lifecycle', 'project', 'stack', 'lib', 'errors'],
  failover: ['health', 'lifecycle', 'project', 'stack', 'lib', 'errors'],
  migrate: ['stack', 'lib', 'errors'],
  traffic: ['stack', 'lib', 'errors'],
  inspect: ['stack', 'lib', 'errors'],
  output: ['stack', 'lib', 'errors'],
  commands: [
    'failover',
    'doctor',
    'migrate',
    'traffic',
    'inspect',
    'lifecycle',
    'health',
    'render',
    'output',
    'project',
    'stack',
    'lib',
    'errors',
    'version',
  ],
  host: ['output', 'lib', 'errors'],
  main: ['commands', 'host', 'output', 'lib', 'errors'],
  start: ['main', 'commands', 'host', 'lib', 'errors', 'version'],
};

/** Types only: they are gone from the program, so output may know the shapes of the results that it prints. */
const MAY_IMPORT_TYPES: Readonly<Record<string, readonly string[]>> = {
  output: [
    'traffic',
    'inspect',
    'failover',
    'doctor',
    'migrate',
    'traffic',
    'inspect',
    'lifecycle',
    'health',
    'render',
    'commands',
  ],
};

/** Plugged in from the side, by folder name, and only there. */
const GLOB_IMPORTS: Readonly<Record<string, readonly string[]>> = {
  'stack/contract/plugins.ts': ['kinds', 'runtimes'],
};

const PACKAGES: Readonly<Record<string, (file: string) => boolean>> = {
  listr2: (file) => file === 'output/live.ts',
  'string-width': (file) => file === 'output/width.ts',
  '@balena/dockerignore': (file) => file === 'stack/load/docker-ignore.ts',
  dockerode: (file) => file.startsWith('runtimes/docker/'),
  'docker-modem': () => false,
  'tar-stream': (file) => file === 'runtimes/docker/data/first-file.ts',
  'tar-fs': () => false,
  ioredis: (file) => file.startsWith('clients/redis/') || file.startsWith('kinds/'),
  pg: (file) => file.startsWith('clients/postgres/'),
  '@platformatic/kafka': (file) => file.startsWith('clients/kafka/'),
  '@clickhouse/client': (file) => file.startsWith('clients/clickhouse/'),
  commander: (file) => file.startsWith('commands/'),
  execa: (file) => file.startsWith('runtimes/'),
  yaml: (file) => file.startsWith('stack/') || file.startsWith('render/') || file === 'commands/config.ts',
};

/** Imported only where a run comes to the point that needs them. */
const HEAVY = [
  'dockerode',
  'tar-stream',
  'ioredis',
  'pg',
  '@platformatic/kafka',
  '@clickhouse/client',
  'execa',
  'listr2',
];

/** Folders whose subfolders must not know each other. */
const SEPARATE = ['kinds', 'runtimes', 'clients', 'programs'];
/** Folder beside the kinds with what several of them share of a server. */
const SHARED = '_shared';
/** A program is another process: what others may know of it is this room, which knows nothing of the rest of its program. */
const PROTOCOL = /^programs\/[^/]+\/protocol\//;

/** The program as esbuild resolves it, types erased; and what only the sources tell. Paths are relative to the folder. */
interface Program {
  readonly edges: readonly Edge[];
  readonly packages: readonly { readonly from: string; readonly name: string; readonly lazy: boolean }[];
  readonly sources: ReadonlyMap<string, string>;
}

interface Edge {
  readonly from: string;
  readonly to: string;
  readonly how: 'import' | 'lazy' | 'type' | 'glob';
}

describe('src', () => {
  let program: Program;
  beforeAll(async () => {
    program = await readProgram(fileURLToPath(new URL('../src', import.meta.url)));
  });

  test('imports only what the table allows', () => {
    expect(program.edges.length).toBeGreaterThan(50);
    expect(program.edges.flatMap(violation)).toEqual([]);
  });

  test('has no cycles', () => {
    expect(cyclesIn(program)).toEqual([]);
  });

  test('has every folder in the table', () => {
    const folders = new Set([...program.sources.keys()].map(moduleOf));
    expect([...folders].filter((folder) => MAY_IMPORT[folder] === undefined)).toEqual([]);
  });

  test('loads each library only where it belongs', () => {
    expect(packageViolations(program)).toEqual([]);
  });

  test('starts without any library, and a command without those that only some runs need', () => {
    expect(loadedWith(program, 'start.ts')).toEqual([]);
    const commands = [...program.sources.keys()].filter((file) => file.startsWith('commands/'));
    const heavy = commands.flatMap((file) => loadedWith(program, file).filter((name) => HEAVY.includes(name)));
    expect(heavy).toEqual([]);
  });

  test('keeps argv, environment and exit in main.ts', () => {
    expect(processViolations(program)).toEqual([]);
  });

  test('lets only lib/events.ts say how a step goes: whoever else does forgets to say that it failed', () => {
    expect(stepViolations(program)).toEqual([]);
  });
});

describe('the rules find', () => {
  const folders: string[] = [];
  afterEach(() => {
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
  });

  function seeded(files: Readonly<Record<string, string>>): Promise<Program> {
    const folder = mkdtempSync(join(tmpdir(), 'stackctl-architecture-'));
    folders.push(folder);
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), text);
    }
    return readProgram(folder);
  }

  test.each([
    ['a kind in a kind', 'kinds/redis/x.ts', `export * from '../kafka/y.ts'`, 'kinds/kafka/y.ts', ''],
    ['a kind in a shared half', 'kinds/_shared/redis/x.ts', `export * from '../../kafka/y.ts'`, 'kinds/kafka/y.ts', ''],
    ['a kind in a feature', 'health/a.ts', `export * from '../kinds/redis/b.ts'`, 'kinds/redis/b.ts', ''],
    [
      'a runtime in a kind',
      'kinds/redis/a.ts',
      `export * from '../../runtimes/docker/b.ts'`,
      'runtimes/docker/b.ts',
      '',
    ],
    ['a program in a runtime', 'runtimes/process/a.ts', `export * from '../../programs/s/b.ts'`, 'programs/s/b.ts', ''],
    ['a program in its protocol', 'programs/s/protocol/a.ts', `export * from '../b.ts'`, 'programs/s/b.ts', ''],
    ['a feature in output', 'output/a.ts', `export * from '../failover/b.ts'`, 'failover/b.ts', ''],
    ['a lazy import', 'lib/a.ts', `export const a = () => import('../stack/b.ts')`, 'stack/b.ts', ' (lazy)'],
    ['a type', 'stack/a.ts', `import type { B } from '../render/b.ts'`, 'render/b.ts', ' (type)'],
    ['a type among values', 'stack/a.ts', `import { type B } from '../render/b.ts'`, 'render/b.ts', ' (type)'],
    [
      'a glob',
      'health/a.ts',
      `export const a = (n: string) => import(\`../kinds/\${n}/i.ts\`)`,
      'kinds/**/*/i.ts',
      ' (glob)',
    ],
  ])('%s', async (_what, from, text, to, how) => {
    const { edges } = await seeded({
      [from]: text,
      [to.replace('**/*', 'redis')]: 'export type B = 1; export const b = 1',
    });
    expect(edges.flatMap(violation)).toEqual([`${from} -> ${to}${how}`]);
  });

  test('a cycle, a library and the environment where they do not belong', async () => {
    const program = await seeded({
      'stack/a.ts': `import { b } from './b.ts'; import 'dockerode'; export const a = [b, process.env.HOME]`,
      'stack/b.ts': `import { a } from './a.ts'; export const b = () => a`,
      'render/c.ts': `export const c = { type: 'step', id: 'c', state: 'start' }`,
    });
    expect(stepViolations(program)).toEqual(['render/c.ts emits a step by hand']);
    expect(cyclesIn(program)).toEqual(['stack/a.ts -> stack/b.ts -> stack/a.ts']);
    expect(packageViolations(program)).toEqual(['stack/a.ts loads dockerode']);
    expect(processViolations(program)).toEqual(['stack/a.ts uses process.env']);
  });
});

function violation({ from, to, how }: Edge): readonly string[] {
  const [source, target] = [moduleOf(from), moduleOf(to)];
  const text = `${from} -> ${to}${how === 'import' ? '' : ` (${how})`}`;
  if (how === 'glob') return GLOB_IMPORTS[from]?.includes(target) === true ? [] : [text];
  if (source === target) {
    const mayMeet = subfolder(from) === subfolder(to) || subfolder(to) === SHARED;
    const leavesProtocol = PROTOCOL.test(from) && !PROTOCOL.test(to);
    return (SEPARATE.includes(source) && !mayMeet) || leavesProtocol ? [text] : [];
  }
  if (target === 'programs' && !PROTOCOL.test(to)) return [text];
  const types = how === 'type' ? MAY_IMPORT_TYPES[source] : undefined;
  return [...(MAY_IMPORT[source] ?? []), ...(types ?? [])].includes(target) ? [] : [text];
}

function moduleOf(file: string): string {
  if (file.startsWith('../packages/service-kit/')) return 'service-kit';
  return file.split('/')[0]?.replace(/\.ts$/, '') ?? file;
}

function subfolder(file: string): string | undefined {
  return file.split('/')[1];
}

function packageViolations({ packages }: Program): readonly string[] {
  return packages
    .filter(({ from, name }) => PACKAGES[name]?.(from) === false)
    .map(({ from, name }) => `${from} loads ${name}`);
}

/** Packages that are loaded together with this file. */
function loadedWith({ edges, packages }: Program, file: string): readonly string[] {
  const files = new Set([file]);
  for (const from of files)
    for (const edge of edges) if (edge.how === 'import' && edge.from === from) files.add(edge.to);
  return packages.filter(({ from, lazy }) => files.has(from) && !lazy).map(({ name }) => name);
}

function processViolations({ sources }: Program): readonly string[] {
  return [...sources]
    .filter(([file]) => !PROGRAMS.includes(file))
    .flatMap(([file, text]) => (codeOf(text).match(PROCESS) ?? []).map((use) => `${file} uses ${use}`));
}

/** `output/` shows steps and takes none. */
function stepViolations({ sources }: Program): readonly string[] {
  return [...sources]
    .filter(([file]) => file !== 'lib/events.ts' && !file.startsWith('output/'))
    .flatMap(([file, text]) => (/\btype: ['"`]step['"`]/.test(codeOf(text)) ? [`${file} emits a step by hand`] : []));
}

/** What Node.js is started with: each a program of its own. */
const PROGRAMS = ['start.ts', 'main.ts', 'programs/supervisor/main.ts', 'programs/clickhouse-front/main.ts'];

const PROCESS = /\bprocess\.(argv|env|exit|exitCode)\b|from ['"](node:)?process['"]/g;

/** Without comments, which may name what the code must not use. */
function codeOf(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
}

/**
 * One example per cycle of what is loaded together. Types may refer to each other, and a lazy import may come back:
 * completion reads the table of commands that names it.
 */
function cyclesIn({ edges }: Program): readonly string[] {
  const imports = edges.filter(({ how }) => how === 'import');
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): readonly string[] => {
    if (path.includes(file)) return [[...path.slice(path.indexOf(file)), file].join(' -> ')];
    if (done.has(file)) return [];
    const found = imports.filter(({ from }) => from === file).flatMap(({ to }) => visit(to, [...path, file]));
    done.add(file);
    return found;
  };
  return [...new Set(imports.map(({ from }) => from))].sort().flatMap((file) => visit(file, []));
}

async function readProgram(folder: string): Promise<Program> {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  const sources = new Map(files.map((file) => [file.replaceAll('\\', '/'), readFileSync(join(folder, file), 'utf8')]));
  const { metafile } = await build({
    entryPoints: files,
    absWorkingDir: folder,
    outdir: join(folder, 'out'),
    bundle: true,
    splitting: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    loader: { '.sh': 'text', '.bash': 'text', '.zsh': 'text', '.fish': 'text' },
    logLevel: 'silent',
  });
  const { edges, packages } = programImports(metafile);
  return { sources, packages, edges: [...edges, ...typeImports(sources)] };
}

function programImports({ inputs }: Metafile): Pick<Program, 'edges' | 'packages'> {
  const all = Object.entries(inputs).flatMap(([from, { imports }]) => imports.map((found) => ({ from, ...found })));
  const globs = all.filter(({ external, path }) => external === true && path.includes('*'));
  return {
    edges: [
      ...all
        .filter(({ external }) => external !== true)
        .map(({ from, path, kind }) => edge(from, path, kind === 'dynamic-import' ? 'lazy' : 'import')),
      ...globs.map(({ from, path }) => edge(from, posix.join(posix.dirname(from), path), 'glob')),
    ].filter(({ to }) => to.endsWith('.ts')),
    packages: all
      .filter(({ external, path }) => external === true && !path.startsWith('.') && !path.startsWith('node:'))
      .map(({ from, path, kind }) => ({ from, name: path, lazy: kind === 'dynamic-import' })),
  };
}

/** What esbuild has erased: `import type … from './x.ts'` and `{ type X }`. */
function typeImports(sources: Program['sources']): readonly Edge[] {
  return [...sources].flatMap(([from, text]) =>
    [...codeOf(text).matchAll(TYPE_IMPORT)].map(([, path]) =>
      edge(from, posix.join(posix.dirname(from), path ?? ''), 'type'),
    ),
  );
}

const TYPE_IMPORT = /^(?:import|export) (?:type\b[^;'"]*|\{[^;'"]*\btype\b[^;'"]*)from '(\.[^']+)'/gm;

function edge(from: string, to: string, how: Edge['how']): Edge {
  return { from, to, how };
}
