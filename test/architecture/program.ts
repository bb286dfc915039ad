/** What the rules of the architecture look at: the files of a folder, and who imports whom. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { build, type Metafile } from 'esbuild';

/** The program as esbuild resolves it, types erased; and what only the sources tell. Paths are relative to the folder. */
export interface Program {
  readonly edges: readonly Edge[];
  readonly packages: readonly { readonly from: string; readonly name: string; readonly lazy: boolean }[];
  readonly sources: ReadonlyMap<string, string>;
}

export interface Edge {
  readonly from: string;
  readonly to: string;
  readonly how: 'import' | 'lazy' | 'type' | 'glob';
}

export async function readProgram(folder: string): Promise<Program> {
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

/** Without comments, which may name what the code must not use. */
export function codeOf(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
}

/** `a.ts -> b.ts`, with how it is imported where that is not the plain way. */
export function describeEdge({ from, to, how }: Edge): string {
  return `${from} -> ${to}${how === 'import' ? '' : ` (${how})`}`;
}
