import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { bundleProgram } from '../packages/service-kit/build/bundle.js';
import { replaceFiles } from '../packages/service-kit/build/replace-files.js';
import { writeDeclarations } from './declarations.js';
import { leftOut } from './left-out.js';
import { ownZod } from './own-zod.js';

const root = fileURLToPath(new URL('..', import.meta.url));
/** Scripts that are rendered or printed; src/lib/text-files.d.ts and vitest.config.ts name the same endings. */
const TEXT = { '.sh': 'text', '.bash': 'text', '.zsh': 'text', '.fish': 'text' };
/** Names of programs that launch records of earlier versions name, and what they are called now. */
const FORMER_NAMES = { 'clickhouse-shim': 'clickhouse-front' };

/** A bundle has no folders to look into, so it is told which ones there were. */
const runtimeFacts = foldersIn('src/runtimes').map(factsOf);
const NAMES = `const STACKCTL_KIND_NAMES=${JSON.stringify(foldersIn('src/kinds'))},STACKCTL_RUNTIMES=${JSON.stringify(runtimeFacts)};`;
/** As `z.config({ jitless: true })`, before the first schema is made: code that zod generates for one use is not worth its time. */
const ZOD = 'globalThis.__zod_globalConfig={jitless:true};';
const COMMON = {
  absWorkingDir: root,
  outdir: 'dist',
  bundle: true,
  platform: 'node',
  target: 'node20',
  loader: TEXT,
  plugins: [leftOut],
  // What dockerode and tar-stream use of it is a copy of Node's own streams for versions of Node.js that had others.
  alias: { 'readable-stream': 'node:stream' },
  legalComments: 'none',
  metafile: true,
  write: false,
  logLevel: 'warning',
};
/** For the programs that stackctl starts. Bundled CommonJS (yaml, ioredis) asks for Node's own modules with require. */
const ESM = {
  format: 'esm',
  banner: {
    js: "import{createRequire as __nodeRequire}from'node:module';const require=__nodeRequire(import.meta.url);",
  },
};

/** What the program and its start have in common. */
const CJS = {
  format: 'cjs',
  // Code that was kept cannot `import()`, not even a module of Node.js: every one becomes a `require`.
  supported: { 'dynamic-import': false },
  outExtension: { '.js': '.cjs' },
};

const program = await build({
  ...COMMON,
  ...CJS,
  // One file in CommonJS: only of such a file can compiled code be kept on Node.js 20 (src/host/code-cache.ts). What a
  // run does not come to is not evaluated.
  entryPoints: { program: 'src/main.ts' },
  entryNames: '[name]-[hash]',
  define: { 'import.meta.url': '__fileUrl' },
  banner: { js: `const __fileUrl=require('node:url').pathToFileURL(__filename).href;${NAMES}${ZOD}` },
});
const [programFile] = Object.keys(program.metafile.outputs);
const start = await build({
  ...COMMON,
  // CommonJS too: Node's loader for modules takes longer to start than all that `--version` needs.
  ...CJS,
  entryPoints: { start: 'src/start.ts' },
  define: { STACKCTL_PROGRAM: JSON.stringify(basename(programFile)) },
  plugins: [withoutLazyImports()],
});
const programs = await build({
  ...COMMON,
  ...ESM,
  // Programs of their own, started by stackctl: a folder each, by whose name the file in dist/ goes.
  entryPoints: Object.fromEntries(
    foldersIn('src/programs', 'main.ts').map((name) => [name, `src/programs/${name}/main.ts`]),
  ),
});
/** What takes long to load is in files of its own, which are read when a call comes to it. */
const library = await build({
  ...COMMON,
  ...ESM,
  entryPoints: { api: 'src/api.ts' },
  splitting: true,
  chunkNames: 'api/[name]-[hash]',
  define: {
    STACKCTL_KIND_NAMES: JSON.stringify(foldersIn('src/kinds')),
    STACKCTL_RUNTIMES: JSON.stringify(runtimeFacts),
  },
  plugins: [leftOut, ownZod],
});
const builds = [program, start, programs, library];
// Start last: it names the file of the program.
for (const { outputFiles } of [program, programs, library, start]) await replaceFiles(outputFiles);
await writeDeclarations(root);
const metafiles = builds.map(({ metafile }) => metafile);
const inputs = Object.assign({}, ...metafiles.map((metafile) => metafile.inputs));
const outputs = Object.assign({}, ...metafiles.map((metafile) => metafile.outputs));
const former = await writeFormerNames();
await removeStale([...Object.keys(outputs), ...former]);
const samples = await Promise.all(servicesIn('templates').map((folder) => bundleProgram(root + folder)));
await replaceFiles([
  { path: `${root}dist/meta.json`, contents: JSON.stringify({ inputs, outputs }) },
  {
    path: `${root}dist/THIRD-PARTY-LICENSES.txt`,
    contents: await licensesOf([inputs, ...samples.map(({ metafile }) => metafile.inputs)]),
  },
]);

/** A server that crashes after an update of stackctl is started again from the record of its launch, which has the former name. */
async function writeFormerNames() {
  const files = Object.entries(FORMER_NAMES).map(([former, now]) => [`dist/${former}.js`, `import './${now}.js';\n`]);
  await replaceFiles(files.map(([path, contents]) => ({ path: root + path, contents })));
  return files.map(([path]) => path);
}

/** Afterwards, so that a program that starts while the build runs finds its files. */
async function removeStale(outputs) {
  for (const entry of readdirSync(`${root}dist`, { recursive: true, withFileTypes: true })) {
    const path = relative(root, join(entry.parentPath, entry.name));
    if (entry.isFile() && /\.c?js$/.test(path) && !outputs.includes(path)) await rm(root + path);
  }
}

/** For what answers without them: commands, and what they load. */
function withoutLazyImports() {
  const setup = (bundler) =>
    bundler.onResolve({ filter: /^/ }, ({ kind }) => (kind === 'dynamic-import' ? { external: true } : undefined));
  return { name: 'without-lazy-imports', setup };
}

/** The licence text of every package that is bundled, in stackctl or in a sample: their licences ask for it. */
async function licensesOf(allInputs) {
  // Paths of a sample are relative to its folder, and all of them lead elsewhere where node_modules is a link.
  const paths = allInputs.flatMap(Object.keys);
  const folders = new Set(
    paths.flatMap((path) => /\bnode_modules\/(?:.*\/node_modules\/)?(?:@[^/]+\/)?[^/]+/.exec(path) ?? []),
  );
  const texts = [...folders].sort().map(async (folder) => {
    const { name, version, license } = await manifest(folder);
    const file = readdirSync(root + folder).find((entry) => /^licen[cs]e/i.test(entry));
    const text = file === undefined ? '' : await readFile(`${root}${folder}/${file}`, 'utf8');
    return `${name} ${version} (${license})\n\n${text}`;
  });
  return (await Promise.all(texts)).join(`\n${'-'.repeat(80)}\n`);
}

async function manifest(folder) {
  return JSON.parse(await readFile(`${root}${folder}/package.json`, 'utf8'));
}

/** Folders of the sample services: templates/<stack>/services/<name>. */
function servicesIn(templates) {
  return readdirSync(root + templates).flatMap((stack) => {
    const services = `${templates}/${stack}/services`;
    if (!existsSync(root + services)) return [];
    return readdirSync(root + services)
      .map((name) => `${services}/${name}`)
      .filter((folder) => existsSync(`${root}${folder}/src/main.ts`));
  });
}

/** What a runtime says about itself, beside the name of its folder. */
function factsOf(name) {
  return { name, ...JSON.parse(readFileSync(`${root}src/runtimes/${name}/facts.json`, 'utf8')) };
}

function foldersIn(folder, entry = 'index.ts') {
  return readdirSync(root + folder)
    .filter((name) => existsSync(`${root}${folder}/${name}/${entry}`))
    .sort();
}
