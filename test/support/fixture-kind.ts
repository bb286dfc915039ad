import { z } from 'zod';
import type { Kind } from '../../src/stack/contract/kind.ts';
import type { Service, Stack } from '../../src/stack/contract/model.ts';
import { BARE_SERVICE } from './bare-service.ts';
import { PATIENCE_MS } from './wait-for.ts';

/**
 * A server that needs nothing but sh. It tells its life line by line, exits 7 when it finds a file named `crash` in its
 * data folder, and ignores SIGTERM when it finds one named `stubborn`.
 */
const SERVER = `
cd "$1"
trap 'if [ -e stubborn ]; then echo "not now"; else echo bye; exit 0; fi' TERM
echo "hello $2"
n=0
while :; do
  n=$((n + 1))
  echo "tick $n"
  if [ -e crash ]; then rm -f crash; exit 7; fi
  sleep 0.1 &
  wait $!
done
`;

export interface FixtureOptions {
  /** Ends up in the rendered file and so in the configuration hash. */
  readonly marker: string;
}

export const STOP_GRACE_S = 1;

export const fixtureKind: Kind<FixtureOptions> = {
  name: 'fixture',
  description: '',
  options: z.object({ marker: z.string() }),
  ports: [],
  defaultImage: 'stackctl-test/redis:8',
  binaries: [],
  variables: () => ({}),
  files: ({ instance, service }) => [
    { path: `${instance.name}/server.sh`, text: `# ${service.options.marker}\n${SERVER}`, mode: 0o755 },
  ],
  container: ({ instance }) => ({
    entrypoint: ['sh', '/stackctl/server.sh', '/data', instance.name],
    command: [],
    volumes: { data: '/data' },
    healthcheck: [],
    stopGraceS: STOP_GRACE_S,
  }),
  process: ({ instance }, { config, data }) => ({
    argv: ['/bin/sh', `${config}/server.sh`, data, instance.name],
    environment: { FIXTURE: instance.name },
    stopGraceS: STOP_GRACE_S,
  }),
  probe: async () => ({ role: undefined, reasons: [], facts: {} }),
};

export interface FixtureStackInput {
  readonly runtime: Stack['runtime'];
  /** Holds `.stackctl/`. */
  readonly folder: string;
  readonly name: string;
  readonly id: string;
  readonly image: string;
  readonly network: Stack['network'];
  readonly marker: string;
  readonly count: number;
  readonly kind?: Kind<FixtureOptions>;
}

/** A stack of one service `app` with `count` instances. */
export function fixtureStack(input: FixtureStackInput): Stack {
  const subnet = input.network?.subnet.split('.').slice(0, 3).join('.');
  const addresses = (index: number) => {
    const host = subnet === undefined ? '127.0.0.1' : `${subnet}.${10 + index}`;
    return { peer: { host, port: 1 }, client: { host: '127.0.0.1', port: 1 } };
  };
  const service: Service<FixtureOptions> = {
    ...BARE_SERVICE,
    name: 'app',
    kind: input.kind ?? fixtureKind,
    instances: Array.from({ length: input.count }, (_, at) => {
      return { name: `app-${at + 1}`, service: 'app', index: at + 1, ports: [], ...addresses(at + 1) };
    }),
    image: input.image,
    options: { marker: input.marker },
  };
  return {
    name: 'fixture',
    description: 'for tests',
    folder: input.folder,
    runtime: input.runtime,
    profile: 'dev',
    project: { name: input.name, id: input.id, folder: input.folder },
    values: [],
    services: [service as Service],
    network: input.network,
    primaries: {},
    readiness: { timeoutMs: PATIENCE_MS },
    migrations: [],
    traffic: undefined,
  };
}
