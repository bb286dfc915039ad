import type { Kind } from '../../stack/contract/kind.ts';
import { primaryOf } from '../../stack/contract/model.ts';
import { postgresNeed } from '../_shared/postgres/binaries.ts';
import { cli, clientEnv, connection, refuse, refuseScale } from '../_shared/postgres/client-side.ts';
import { eventStore } from '../_shared/postgres/event-store.ts';
import { targetOf } from '../_shared/postgres/options.ts';
import { type TimescaleOptions, timescaleOptions } from './options.ts';
import { container, files, process, variables } from './render.ts';
import { views } from './views.ts';

/** One PostgreSQL server with the TimescaleDB extension. */
export const kind: Kind<TimescaleOptions> = {
  name: 'timescaledb',
  options: timescaleOptions,
  ports: [{ name: 'postgres', inside: 5432 }],
  defaultImage: 'timescale/timescaledb:latest-pg16',
  volumes: ['data'],
  binaries: [postgresNeed()],
  variables,
  files,
  container,
  process,
  refuse,
  refuseScale,
  // Loaded only when a server is asked: they bring pg, which rendering does not need.
  probe: async (input) => (await import('./probe.ts')).probe(input),
  provision: async (input, context) => (await import('./probe.ts')).provision(input, context),
  staleSince: async (input) => (await import('./probe.ts')).staleSince(input),
  cli,
  clientEnv,
  connection,
  migrator: {
    connect: async ({ stack, service }, signal) => {
      const { connectMigrator } = await import('../_shared/postgres/migrator/migrator.ts');
      const { features } = await import('./migrator.ts');
      const target = targetOf(primaryOf(stack, service).client, service.options, 'ledger');
      return connectMigrator(target, features, signal);
    },
  },
  traffic: eventStore,
  inspector: { views },
};
