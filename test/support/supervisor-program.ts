import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** Bundles the supervisor of the working tree, so that tests do not depend on when `npm run build` ran last. */
export function buildSupervisor(): Promise<string> {
  return buildProgram('src/programs/supervisor/main.ts');
}

/**
 * Bundles a program of the repository that a test runs as a process of its own. Below
 * node_modules, where it finds its dependencies.
 */
export async function buildProgram(entry: string): Promise<string> {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const outfile = join(root, 'node_modules/.cache/stackctl-test', `${entry.replaceAll('/', '-')}-${process.pid}.mjs`);
  await build({
    absWorkingDir: root,
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
