import type { Kind } from '../../../stack/contract/kind.ts';
import { adopt } from './adopt.ts';
import { advise, refuseScale } from './advice.ts';
import { checkConfig } from './check-config.ts';
import { cli, clientEnv, connection } from './client-side.ts';
import { passwordOrNone } from './config-text.ts';
import { defaultConfig } from './default-config.ts';
import { inspector } from './inspect.ts';
import { judge } from './judge.ts';
import { logTime } from './log-time.ts';
import { type RedisOptions, redisOptions } from './options.ts';
import type { Product } from './products.ts';
import { container, files, process, variables } from './render.ts';
import { reset } from './reset.ts';
import { traffic } from './traffic.ts';
import { versions } from './versions.ts';

/** The kind of this server: alone, or as one of a master and its replicas. */
export function redisKind(product: Product): Kind<RedisOptions> {
  return {
    name: product.name,
    description: `A ${product.title} server; where a service of kind \`sentinel\` monitors it, one master and its replicas.`,
    options: redisOptions,
    ports: [{ name: product.name, inside: 6379 }],
    defaultImage: product.image,
    volumes: ['data'],
    binaries: [product.server, product.cli],
    variables,
    logTime,
    defaultConfig: defaultConfig(product),
    files: (input, configs) => files(product, input, configs),
    checkConfig: (input, configsOf) => checkConfig(product, input, configsOf),
    container: (input) => container(product, input),
    process: (input, paths) => process(product, input, paths),
    advise,
    refuseScale,
    // Loaded only when something is probed: it brings ioredis, which rendering does not need.
    probe: async (input) => (await import('./probe.ts')).probe(input),
    judge,
    cli: (input) => cli(product, input),
    clientEnv: (input) => clientEnv(product, input),
    connection,
    replicated: { password: ({ service }) => passwordOrNone(service.options.password) },
    versions: versions(product, ({ service }) => passwordOrNone(service.options.password)),
    inspector,
    traffic,
    reset,
    adopt: adopt(product),
  };
}
