import { REDIS_CLI, REDIS_SERVER } from '../../clients/redis/binaries.ts';
import { passwordOrNone } from '../../clients/redis/config-text.ts';
import type { Kind } from '../../stack/kind.ts';
import { advise, refuseScale } from './advice.ts';
import { checkConfig } from './check-config.ts';
import { cli, clientEnv, connection } from './client-side.ts';
import { DEFAULT_CONFIG } from './default-config.ts';
import { inspector } from './inspect.ts';
import { judge } from './judge.ts';
import { type RedisOptions, redisOptions } from './options.ts';
import { container, files, process, variables } from './render.ts';
import { reset } from './reset.ts';
import { traffic } from './traffic.ts';

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
  probe: async (input) => (await import('./probe.ts')).probe(input),
  judge,
  cli,
  clientEnv,
  connection,
  replicated: { password: ({ service }) => passwordOrNone(service.options.password) },
  inspector,
  traffic,
  reset,
};
