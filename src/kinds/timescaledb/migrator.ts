import type { Client } from 'pg';
import type { Features } from '../_shared/postgres/migrator/migrator.ts';
import { whyAbsent } from './extension.ts';
import { lookAtExtension } from './look-at-extension.ts';

/** What migration files may require of the extension. */
export const features: Features = {
  timescaledb: async (client) => {
    const state = await lookAtExtension(client);
    return state.version === undefined ? whyAbsent(state) : undefined;
  },
  'timescaledb-tsl': async (client: Client) => {
    const state = await lookAtExtension(client);
    if (state.version === undefined) return whyAbsent(state);
    return state.edition === 'timescale' ? undefined : 'not available in the Apache edition';
  },
};
