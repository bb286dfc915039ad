import type { ContainerSpec, ProcessPaths, ProcessSpec } from '../../../stack/contract/kind.ts';

export interface LaunchInput {
  /** What the start script needs besides its folders. */
  readonly environment: Readonly<Record<string, string>>;
  readonly stopGraceS: number;
}

/**
 * A container of the official redis image: the start script as root, then the image's own entrypoint, which gives up
 * root. https://github.com/docker-library/redis: docker-entrypoint.sh, `redis-server` as first argument.
 */
export function serverContainer({ environment, stopGraceS }: LaunchInput): ContainerSpec {
  return {
    entrypoint: ['sh', '/stackctl/start.sh'],
    command: ['docker-entrypoint.sh', 'redis-server'],
    environment: {
      STACKCTL_CONFIG: '/stackctl',
      STACKCTL_DATA: '/data',
      STACKCTL_OWNER: 'redis:redis',
      ...environment,
    },
    volumes: { data: '/data' },
    healthcheck: ['sh', '/stackctl/healthcheck.sh'],
    stopGraceS,
  };
}

export function serverProcess(
  { binaries, config, data }: ProcessPaths,
  { environment, stopGraceS }: LaunchInput,
): ProcessSpec {
  return {
    argv: ['sh', `${config}/start.sh`, binaries['redis-server'] ?? 'redis-server'],
    environment: {
      STACKCTL_CONFIG: config,
      STACKCTL_DATA: data,
      STACKCTL_REDIS_CLI: binaries['redis-cli'] ?? 'redis-cli',
      ...environment,
    },
    stopGraceS,
  };
}
