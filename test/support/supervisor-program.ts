import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** Bundles the supervisor of the working tree, so that tests do not depend on when `npm run build` ran last. */
export async function buildSupervisor(): Promise<string> {
  const outfile = join(mkdtempSync(join(tmpdir(), 'stackctl-supervisor-')), 'supervisor.mjs');
  await build({
    entryPoints: [fileURLToPath(new URL('../../src/runtimes/process/supervisor/main.ts', import.meta.url))],
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
