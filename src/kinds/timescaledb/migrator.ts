import type { Client } from 'pg';
import type { Features } from '../../clients/postgres/migrator.ts';
import { notFound } from './extension.ts';
import { lookAtExtension } from './look-at-extension.ts';

/** What migration files may require of the extension. */
export const features: Features = {
  timescaledb: async (client) => {
    const state = await lookAtExtension(client);
    if (state.version !== undefined) return undefined;
    return state.available ? 'the TimescaleDB extension was not created in this database' : notFound(state);
  },
  'timescaledb-tsl': async (client: Client) => {
    const state = await lookAtExtension(client);
    if (state.version === undefined)
      return state.available ? 'the TimescaleDB extension was not created in this database' : notFound(state);
    return state.edition === 'timescale' ? undefined : 'not available in the Apache edition';
  },
};
