import type { BinaryNeed } from '../../../stack/contract/needs.ts';

/** A server of the Redis protocol. All are started, checked and asked in the same way; this is what differs. */
export interface Product {
  /** Also the user and the group of the server in the official image. */
  readonly name: string;
  /** As its makers write it. */
  readonly title: string;
  readonly server: BinaryNeed;
  readonly cli: BinaryNeed;
  readonly image: string;
  readonly configFile: string;
}

export const REDIS = {
  name: 'redis',
  title: 'Redis',
  /** 6.2 brought `REPLICAOF`-safe Sentinel options that the templates use (`resolve-hostnames`, `sentinel-pass`). */
  ...programs({ name: 'redis', range: '>=6.2.0' }),
  image: 'redis:7-alpine',
  configFile: 'redis.conf',
} as const satisfies Product;

export const VALKEY = {
  name: 'valkey',
  title: 'Valkey',
  /** 7.2.4 is the first release, which is Redis 7.2.4 under another name; what is tested is 8.1. */
  ...programs({ name: 'valkey', range: '>=7.2.4' }),
  image: 'valkey/valkey:8.1-alpine',
  configFile: 'valkey.conf',
} as const satisfies Product;

/** By the name that `options.server` of a Sentinel has. */
export const PRODUCTS = { redis: REDIS, valkey: VALKEY };

interface Programs {
  readonly name: string;
  /** semver range. */
  readonly range: string;
}

function programs({ name, range }: Programs): { readonly server: BinaryNeed; readonly cli: BinaryNeed } {
  const folders = ['/usr/bin', '/usr/local/bin', '/opt/homebrew/bin', `/usr/local/opt/${name}/bin`, `/opt/${name}/bin`];
  const program = (suffix: string, versionPattern: RegExp, packages: string): BinaryNeed => ({
    name: `${name}-${suffix}`,
    versionArgs: ['--version'],
    versionPattern,
    range,
    knownPaths: folders.map((folder) => `${folder}/${name}-${suffix}`),
    packages: { debian: [packages], brew: name },
  });
  return {
    server: program('server', /v=(\d+\.\d+\.\d+)/, `${name}-server`),
    cli: program('cli', new RegExp(`${name}-cli (\\d+\\.\\d+\\.\\d+)`), `${name}-tools`),
  };
}
