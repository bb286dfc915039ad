import { existsSync, realpathSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

/** What a shell answers for a program that it cannot find. */
const NOT_FOUND = 127;

/**
 * Bundles a sample service, its libraries included, to one file: dist/main.mjs in its folder. It runs on any Node.js that
 * stackctl runs on, and needs no package manager in its image.
 */
export async function bundleService(folder) {
  const { build } = await import('esbuild');
  return build(serviceOptions(folder));
}

export function serviceOptions(folder) {
  return {
    absWorkingDir: folder,
    entryPoints: ['src/main.ts'],
    outfile: 'dist/main.mjs',
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    // Bundled CommonJS asks for Node's own modules with require.
    banner: {
      js: "import{createRequire as __nodeRequire}from'node:module';const require=__nodeRequire(import.meta.url);",
    },
    external: ['pg-native'],
    legalComments: 'none',
    logLevel: 'warning',
  };
}

// `npm run build` of a service, in its folder. An installed stackctl has what was built and not all that it is built from.
if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  if (!existsSync(fileURLToPath(new URL('../packages/service-kit/src', import.meta.url)))) process.exitCode = NOT_FOUND;
  else await bundleService(process.cwd());
}
