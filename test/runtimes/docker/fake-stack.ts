import { z } from 'zod';
import type { Kind } from '../../../src/stack/contract/kind.ts';
import type { Instance, Stack } from '../../../src/stack/contract/model.ts';
import { BARE_SERVICE } from '../../support/bare-service.ts';
import { DOCKER } from '../../support/runtime-facts.ts';

export interface FakeStackOptions {
  readonly id: string;
  readonly folder: string;
  readonly instances?: number;
  readonly firstPort?: number;
  /** First three numbers of a /24. */
  readonly prefix?: string;
  readonly image?: string;
  readonly compose?: Readonly<Record<string, unknown>>;
  /** As if they stood behind another service. */
  readonly replicas?: boolean;
}

/** A service `redis` whose instances are plain Redis servers without any configuration file. */
export function fakeStack({
  id,
  folder,
  instances = 2,
  firstPort = 17379,
  prefix = '172.29.77',
  image = 'stackctl-test/redis:8',
  compose = {},
  replicas = false,
}: FakeStackOptions): Stack {
  return {
    name: 'fake',
    description: '',
    folder,
    runtime: DOCKER,
    profile: 'dev',
    project: { name: 'fake', id, folder },
    values: [],
    services: [
      {
        ...BARE_SERVICE,
        name: 'redis',
        kind: redis,
        instances: Array.from({ length: instances }, (_, index) => instance(index + 1, firstPort + index, prefix)),
        declaredInstances: instances,
        image,
        options: {},
        compose,
        ...(replicas && { through: 'front' }),
      },
    ],
    network: { name: `${id}-network`, subnet: `${prefix}.0/24` },
    primaries: {},
    readiness: { timeoutMs: 30_000 },
    migrations: [],
    traffic: undefined,
  };
}

function instance(index: number, port: number, prefix: string): Instance {
  return {
    name: `redis-${index}`,
    service: 'redis',
    index,
    ports: [{ name: 'redis', inside: 6379, host: port }],
    peer: { host: `${prefix}.${10 + index}`, port: 6379 },
    client: { host: '127.0.0.1', port },
  };
}

const redis: Kind = {
  name: 'redis',
  description: '',
  options: z.unknown(),
  ports: [{ name: 'redis', inside: 6379 }],
  defaultImage: 'redis:7-alpine',
  binaries: [],
  variables: () => ({}),
  files: () => [],
  container: () => ({
    entrypoint: ['docker-entrypoint.sh'],
    command: ['redis-server', '--save', '', '--appendonly', 'no'],
    environment: { GREETING: 'costs $5' },
    volumes: { data: '/data' },
    healthcheck: ['redis-cli', '-e', 'ping'],
    stopGraceS: 10,
  }),
  process: () => ({ argv: ['redis-server'], environment: {}, stopGraceS: 10 }),
  probe: async () => ({ role: 'master', reasons: [], facts: {} }),
};
