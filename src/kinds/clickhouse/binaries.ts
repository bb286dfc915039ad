import type { BinaryNeed } from '../../stack/contract/needs.ts';
import { CHDB_FOLDER } from './chdb.ts';

const KNOWN_FOLDERS = ['/usr/bin', '/usr/local/bin', '/opt/homebrew/bin', '/opt/clickhouse/bin'];

/**
 * A ClickHouse server, or else the engine as a library for Node.js (npm package chdb) behind the program clickhouse-front.
 * Debian's package is from 2018 and has no JSON functions: too old.
 */
export const CLICKHOUSE: BinaryNeed = {
  name: 'clickhouse',
  versionArgs: ['server', '--version'],
  versionPattern: /version (\d+\.\d+\.\d+)/,
  range: '>=24.3.0',
  knownPaths: KNOWN_FOLDERS.map((folder) => `${folder}/clickhouse`),
  packages: { debian: [], brew: 'clickhouse' },
  download: { id: 'chdb-3.4.0', from: 'npm', packages: ['chdb@3.4.0'], path: CHDB_FOLDER, sizeMb: 546 },
  about: async (path) => (await import('./engine.ts')).engineAt(path),
};
