import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { replaceFiles } from './replace-files.js';

/** Where a program begins, in its folder. */
export const ENTRY = 'src/main.ts';

const KIT = fileURLToPath(new URL('../src', import.meta.url));

/**
 * Bundles a program, its libraries included, to one file: dist/main.mjs in its folder. It runs on any Node.js that
 * stackctl runs on, and needs no package manager in its image.
 * @param {string} folder absolute
 * @returns esbuild's result, with the warnings and the list of bundled files.
 * @throws esbuild's BuildFailure, with the mistakes in the source; what was built before stays.
 */
export async function bundleProgram(folder) {
  const built = await build({ ...bundleOptions(folder), logLevel: 'silent', metafile: true, write: false });
  await replaceFiles(built.outputFiles);
  return built;
}

/**
 * A caller may put an `outfile` of its own behind them.
 * @param {string} folder absolute
 * @returns {import('esbuild').BuildOptions}
 */
export function bundleOptions(folder) {
  return {
    absWorkingDir: folder,
    entryPoints: [ENTRY],
    outfile: 'dist/main.mjs',
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    // Bundled CommonJS asks for Node's own modules with require.
    banner: {
      js: "import{createRequire as __nodeRequire}from'node:module';const require=__nodeRequire(import.meta.url);",
    },
    alias: KIT_MODULES,
    nodePaths: librariesOf(KIT),
    external: ['pg-native'],
    legalComments: 'none',
    logLevel: 'warning',
  };
}

/** The kit that belongs to this build, wherever the program's folder lies: no package has to be installed there. */
const KIT_MODULES = {
  'stackctl/service-kit/gateway': join(KIT, 'gateway/index.ts'),
  'stackctl/service-kit/kafka': join(KIT, 'kafka/index.ts'),
  'stackctl/service-kit': join(KIT, 'index.ts'),
};

/**
 * Where Node.js looks for the libraries of the kit. A program gets them from there too, unless its own folder has
 * them installed: what is found on the way up from its source comes first.
 */
function librariesOf(folder) {
  const found = existsSync(join(folder, 'node_modules')) ? [join(folder, 'node_modules')] : [];
  return folder === dirname(folder) ? found : [...found, ...librariesOf(dirname(folder))];
}
