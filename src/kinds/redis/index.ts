import type { Kind } from '../../stack/contract/kind.ts';
import { advise, refuseScale } from '../_shared/redis/advice.ts';
import { REDIS_CLI, REDIS_SERVER } from '../_shared/redis/binaries.ts';
import { checkConfig } from '../_shared/redis/check-config.ts';
import { cli, clientEnv, connection } from '../_shared/redis/client-side.ts';
import { passwordOrNone } from '../_shared/redis/config-text.ts';
import { DEFAULT_CONFIG } from '../_shared/redis/default-config.ts';
import { inspector } from '../_shared/redis/inspect.ts';
import { judge } from '../_shared/redis/judge.ts';
import { type RedisOptions, redisOptions } from '../_shared/redis/options.ts';
import { container, files, process, variables } from '../_shared/redis/render.ts';
import { reset } from '../_shared/redis/reset.ts';
import { traffic } from '../_shared/redis/traffic.ts';

/** A Redis server, alone or as one of a master and its replicas. */
export const kind: Kind<RedisOptions> = {
  name: 'redis',
  options: redisOptions,
  ports: [{ name: 'redis', inside: 6379 }],
  defaultImage: 'redis:7-alpine',
  volumes: ['data'],
  binaries: [REDIS_SERVER, REDIS_CLI],
  variables,
  defaultConfig: DEFAULT_CONFIG,
  files,
  checkConfig,
  container,
  process,
  advise,
  refuseScale,
  // Loaded only when something is probed: it brings ioredis, which rendering does not need.
  probe: async (input) => (await import('../_shared/redis/probe.ts')).probe(input),
  judge,
  cli,
  clientEnv,
  connection,
  replicated: { password: ({ service }) => passwordOrNone(service.options.password) },
  inspector,
  traffic,
  reset,
};
