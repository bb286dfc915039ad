import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { bundleOptions } from '../../packages/service-kit/build/bundle.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Bundles the supervisor of the working tree, so that tests do not depend on when `npm run build` ran last. */
export function buildSupervisor(): Promise<string> {
  return buildProgram('src/programs/supervisor/main.ts');
}

/** Bundles src/main.ts of a program's folder (below `templates/`) as its own build does, to another file. */
export async function buildSample(folder: string): Promise<string> {
  const outfile = outfileOf(folder);
  await build({ ...bundleOptions(join(ROOT, folder)), outfile, logLevel: 'silent' });
  return outfile;
}

/**
 * Bundles a program of the repository that a test runs as a process of its own. Below
 * node_modules, where it finds its dependencies.
 */
export async function buildProgram(entry: string): Promise<string> {
  const outfile = outfileOf(entry);
  await build({
    absWorkingDir: ROOT,
    entryPoints: [entry],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    logLevel: 'silent',
  });
  return outfile;
}

function outfileOf(entry: string): string {
  return join(ROOT, 'node_modules/.cache/stackctl-test', `${entry.replaceAll('/', '-')}-${process.pid}.mjs`);
}
