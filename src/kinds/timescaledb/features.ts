import type { Client } from 'pg';
import type { Features } from '../_shared/postgres/migrator/requirements.ts';
import { type REQUIREMENTS, whyAbsent } from './extension.ts';
import { readExtensionState } from './read-extension-state.ts';

/** Each of `REQUIREMENTS`, and nothing else. */
export const features: Record<(typeof REQUIREMENTS)[number], Features[string]> = {
  timescaledb: async (client) => {
    const state = await readExtensionState(client);
    return state.version === undefined ? whyAbsent(state) : undefined;
  },
  'timescaledb-tsl': async (client: Client) => {
    const state = await readExtensionState(client);
    if (state.version === undefined) return whyAbsent(state);
    return state.edition === 'timescale' ? undefined : 'not available in the Apache edition';
  },
};
