import { existsSync, readdirSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const supervisor = 'src/runtimes/process/supervisor/main.ts';

await rm(`${root}dist`, { recursive: true, force: true });
const result = await build({
  absWorkingDir: root,
  entryPoints: {
    main: 'src/main.ts',
    ...(existsSync(root + supervisor) ? { supervisor } : {}),
  },
  outdir: 'dist',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  // Bundled CommonJS packages lose their named exports behind import(), and dockerode its files, without a build error.
  packages: 'external',
  // A bundle has no folders to look into, so it is told which ones there were.
  define: {
    STACKCTL_KIND_NAMES: JSON.stringify(foldersIn('src/kinds')),
    STACKCTL_RUNTIME_NAMES: JSON.stringify(foldersIn('src/runtimes')),
  },
  chunkNames: 'chunks/[name]-[hash]',
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning',
});
await writeFile(`${root}dist/meta.json`, JSON.stringify(result.metafile));

function foldersIn(folder) {
  return readdirSync(root + folder)
    .filter((name) => existsSync(`${root}${folder}/${name}/index.ts`))
    .sort();
}
