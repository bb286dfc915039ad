import { join } from 'node:path';
import { packageRoot } from '../../lib/package-root.ts';

/** The front and client of our own (`shim/main.ts`, as the build bundles it), for the Node.js that runs stackctl. */
export function shimProgram(): readonly [string, string] {
  return [globalThis.process.execPath, join(packageRoot(), 'dist', 'clickhouse-shim.js')];
}
