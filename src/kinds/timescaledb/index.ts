import { postgresKind } from '../_shared/postgres/kind.ts';
import { EXTENSION, INSTALL_ANY, REQUIREMENTS } from './extension.ts';
import { isRequired, type TimescaleOptions, timescaleOptions } from './options.ts';
import { views } from './views.ts';

/** `pg16`, `pg16.4-ts2.15-all`: the other image of that major version of PostgreSQL. */
const sameMajor = (tag: string | undefined): string | undefined => {
  const major = /^pg(\d+)/.exec(tag ?? '')?.[1];
  return major === undefined ? undefined : `timescale/timescaledb:latest-pg${major}`;
};

export const kind = postgresKind<TimescaleOptions>({
  name: 'timescaledb',
  description: 'One PostgreSQL server with the TimescaleDB extension.',
  options: timescaleOptions,
  // Its own configuration loads the library: https://github.com/timescale/timescaledb-docker, Dockerfile.
  defaultImage: 'timescale/timescaledb:latest-pg16',
  images: { 'timescale/timescaledb': 'kept', 'timescale/timescaledb-ha': sameMajor },
  launch: ({ stack, service }) => ({
    settings: [
      // Nothing is sent to the makers.
      ['timescaledb.telemetry_level', 'off'],
      // Each hypertable's policy is a job, and jobs are background workers: the server's own 8 would be too few for the
      // extension's default of 16.
      ['max_worker_processes', '27'],
    ],
    extension: { name: EXTENSION, required: isRequired(service.options, stack.runtime), advice: INSTALL_ANY },
  }),
  readMore: async (client, input) => (await import('./probe.ts')).readExtensionFacts(client, input),
  provision: async (target, input, context) =>
    (await import('./provision.ts')).provisionExtension(target, input, context),
  staleSince: async (input) => (await import('./probe.ts')).staleSince(input),
  requirements: REQUIREMENTS,
  migratorParts: async () => {
    const [{ features }, { hints }] = await Promise.all([import('./features.ts'), import('./hints.ts')]);
    return { features, hints };
  },
  schema: async () => (await import('./schema/read.ts')).readTimescale,
  views,
});
