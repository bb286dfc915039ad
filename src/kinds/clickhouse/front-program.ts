import { join } from 'node:path';
import { packageRoot } from '../../lib/package-root.ts';

/** The program and first argument that start the HTTP front, or its client, with the Node.js that runs stackctl. */
export function frontProgram(): readonly [string, string] {
  return [globalThis.process.execPath, join(packageRoot(), 'dist', 'clickhouse-front.js')];
}
