import type { Client } from 'pg';
import { withPostgres } from '../../clients/postgres/connect.ts';
import { lookAtServer, type MoreToSee } from '../../clients/postgres/look.ts';
import { targetOf } from '../../clients/postgres/options.ts';
import { ensureDatabase, ensureExtension } from '../../clients/postgres/provision.ts';
import { StackctlError } from '../../errors.ts';
import type { InstanceInput, Probe, ProvisionContext, ServiceInput } from '../../stack/kind.ts';
import { primaryOf } from '../../stack/model.ts';
import { EXTENSION, notFound } from './extension.ts';
import { lookAtExtension } from './look-at-extension.ts';
import { isRequired, type TimescaleOptions } from './options.ts';

export async function probe({ stack, instance, service }: InstanceInput<TimescaleOptions>): Promise<Probe> {
  const target = targetOf(instance.client, service.options, 'probe');
  return lookAtServer(target, (client) => seeExtension(client, isRequired(service.options, stack.runtime)));
}

async function seeExtension(client: Client, required: boolean): Promise<MoreToSee> {
  const state = await lookAtExtension(client);
  const facts = { extensionVersion: state.version ?? null, edition: state.edition ?? null };
  if (state.version !== undefined) return { reasons: [], facts };
  if (state.available) {
    return { reasons: ['the TimescaleDB extension was not created in this database yet (stackctl up does it)'], facts };
  }
  return required ? { reasons: [notFound(state)], facts } : { reasons: [], degraded: [notFound(state)], facts };
}

/** Makes what is missing: the database, the extension in it. @throws E_START_FAILED when it is required and not there. */
export async function provision(
  { stack, service }: ServiceInput<TimescaleOptions>,
  { signal }: ProvisionContext,
): Promise<void> {
  const address = primaryOf(stack, service).client;
  const target = targetOf(address, service.options, 'provision');
  await ensureDatabase(target, signal);
  const found = await ensureExtension(target, EXTENSION);
  if (found === 'there' || !isRequired(service.options, stack.runtime)) return;
  const state = await withPostgres(target, lookAtExtension);
  throw new StackctlError('E_START_FAILED', `${service.name}: ${notFound(state)}`, {
    hint: 'Or set the option timescale of the service to preferred: hypertables are plain tables then.',
    details: { service: service.name, extension: EXTENSION },
  });
}
