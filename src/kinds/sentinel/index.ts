import type { Kind } from '../../stack/contract/kind.ts';
import { passwordOrNone } from '../_shared/redis/config-text.ts';
import { logTime } from '../_shared/redis/log-time.ts';
import { PRODUCTS, REDIS } from '../_shared/redis/products.ts';
import { versions } from '../_shared/redis/versions.ts';
import { adopt } from './adopt.ts';
import { advise, refuse, refuseScale } from './advice.ts';
import { arbiter } from './arbiter.ts';
import { checkConfig } from './check-config.ts';
import { cli, clientEnv, connection } from './client-side.ts';
import { DEFAULT_CONFIG } from './default-config.ts';
import { failover } from './failover/index.ts';
import { inspector } from './inspect.ts';
import { judge, summarize } from './judge.ts';
import { type SentinelOptions, sentinelOptions } from './options.ts';
import { container, files, process, startFacts, variables } from './render.ts';
import { traffic } from './traffic/index.ts';

export const kind: Kind<SentinelOptions> = {
  name: 'sentinel',
  description:
    'Sentinels of Redis or Valkey: they watch the master of the service that they monitor, and fail it over.',
  options: sentinelOptions,
  ports: [{ name: 'sentinel', inside: 26379 }],
  defaultImage: REDIS.image,
  volumes: ['data'],
  binaries: [REDIS.server, REDIS.cli],
  server: ({ server }) => ({
    image: PRODUCTS[server].image,
    binaries: [PRODUCTS[server].server, PRODUCTS[server].cli],
  }),
  variables,
  logTime,
  defaultConfig: DEFAULT_CONFIG,
  files,
  checkConfig,
  container,
  process,
  startFacts,
  refuse,
  advise,
  refuseScale,
  // Loaded only when something is probed: it brings ioredis, which rendering does not need.
  probe: async (input) => (await import('./probe.ts')).probe(input),
  judge,
  summarize,
  cli,
  clientEnv,
  connection,
  arbiter,
  failover,
  // It keeps no data that a version could not read.
  versions: {
    ...versions<SentinelOptions>(REDIS, ({ service }) => passwordOrNone(service.options.password)),
    stored: async () => [],
  },
  inspector,
  traffic,
  adopt,
};
