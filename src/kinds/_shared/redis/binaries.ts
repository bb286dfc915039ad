import type { BinaryNeed } from '../../../stack/contract/kind.ts';

const KNOWN_FOLDERS = ['/usr/bin', '/usr/local/bin', '/opt/homebrew/bin', '/usr/local/opt/redis/bin', '/opt/redis/bin'];

/** 6.2 brought `REPLICAOF`-safe Sentinel options that the templates use (`resolve-hostnames`, `sentinel-pass`). */
const TESTED_RANGE = '>=6.2.0';

export const REDIS_SERVER: BinaryNeed = {
  name: 'redis-server',
  versionArgs: ['--version'],
  versionPattern: /v=(\d+\.\d+\.\d+)/,
  range: TESTED_RANGE,
  knownPaths: KNOWN_FOLDERS.map((folder) => `${folder}/redis-server`),
  packages: { debian: ['redis-server'], brew: 'redis' },
};

export const REDIS_CLI: BinaryNeed = {
  name: 'redis-cli',
  versionArgs: ['--version'],
  versionPattern: /redis-cli (\d+\.\d+\.\d+)/,
  range: TESTED_RANGE,
  knownPaths: KNOWN_FOLDERS.map((folder) => `${folder}/redis-cli`),
  packages: { debian: ['redis-tools'], brew: 'redis' },
};
