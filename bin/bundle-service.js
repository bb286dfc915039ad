import { build } from 'esbuild';

/**
 * Bundles a sample service, its libraries included, to one file: dist/main.mjs in its folder. It runs on any Node.js that
 * stackctl runs on, and needs no package manager in its image.
 */
export function bundleService(folder) {
  return build({
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
  });
}
