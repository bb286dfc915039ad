import type { ContainerSpec, ProcessPaths, ProcessSpec } from '../../../stack/contract/launch.ts';
import type { Product } from './products.ts';

export interface LaunchInput {
  readonly product: Product;
  /** What the start script needs besides its folders. */
  readonly environment: Readonly<Record<string, string>>;
  readonly stopGraceS: number;
}

/**
 * A container of the official image: the start script as root, then the image's own entrypoint, which gives up root when
 * its first argument is the server.
 * https://github.com/docker-library/redis, https://github.com/valkey-io/valkey-container: docker-entrypoint.sh.
 */
export function serverContainer({ product, environment, stopGraceS }: LaunchInput): ContainerSpec {
  return {
    entrypoint: ['sh', '/stackctl/start.sh'],
    command: ['docker-entrypoint.sh', product.server.name],
    environment: {
      STACKCTL_CONFIG: '/stackctl',
      STACKCTL_DATA: '/data',
      STACKCTL_OWNER: `${product.name}:${product.name}`,
      STACKCTL_REDIS_CLI: product.cli.name,
      ...environment,
    },
    volumes: { data: '/data' },
    healthcheck: ['sh', '/stackctl/healthcheck.sh'],
    stopGraceS,
  };
}

/** A local process: the start script, then the server that this machine has. */
export function serverProcess(
  { binaries, config, data }: ProcessPaths,
  { product: { server, cli }, environment, stopGraceS }: LaunchInput,
): ProcessSpec {
  return {
    argv: ['sh', `${config}/start.sh`, binaries[server.name] ?? server.name],
    environment: {
      STACKCTL_CONFIG: config,
      STACKCTL_DATA: data,
      STACKCTL_REDIS_CLI: binaries[cli.name] ?? cli.name,
      ...environment,
    },
    stopGraceS,
  };
}
