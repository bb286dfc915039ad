import type { Client } from 'pg';
import { withPostgres } from '../../clients/postgres/connect.ts';
import type { InstanceInput } from '../../stack/contract/model.ts';
import { targetOf } from '../_shared/postgres/options.ts';
import type { MoreFacts } from '../_shared/postgres/probe.ts';
import { INSTALLED_LATER, whyAbsent } from './extension.ts';
import { isRequired, type TimescaleOptions } from './options.ts';
import { readExtensionState } from './read-extension-state.ts';

/** The extension's version and edition. A server without it is unhealthy where it is required, and degraded elsewhere. */
export async function readExtensionFacts(
  client: Client,
  { stack, service }: InstanceInput<TimescaleOptions>,
): Promise<MoreFacts> {
  const state = await readExtensionState(client);
  const facts = { extensionVersion: state.version ?? null, edition: state.edition ?? null };
  if (state.version !== undefined) return { reasons: [], facts };
  const why = [whyAbsent(state)];
  return isRequired(service.options, stack.runtime) ? { reasons: why, facts } : { reasons: [], degraded: why, facts };
}

/** Only a start loads the library. Where a start would not load it either, there is no reason for one. */
export async function staleSince({ instance, service }: InstanceInput<TimescaleOptions>): Promise<string | undefined> {
  const state = await withPostgres(targetOf(instance.client, service.options, 'probe'), readExtensionState);
  const helps = state.version === undefined && state.available && !state.preloaded && state.hasLibrary === true;
  return helps ? INSTALLED_LATER : undefined;
}
