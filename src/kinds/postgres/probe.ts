import { lookAtServer } from '../../clients/postgres/look.ts';
import { targetOf } from '../../clients/postgres/options.ts';
import { ensureDatabase } from '../../clients/postgres/provision.ts';
import type { InstanceInput, Probe, ProvisionContext, ServiceInput } from '../../stack/kind.ts';
import { primaryOf } from '../../stack/model.ts';
import type { PostgresOptions } from './options.ts';

export async function probe({ instance, service }: InstanceInput<PostgresOptions>): Promise<Probe> {
  const target = targetOf(instance.client, service.options, 'probe');
  return lookAtServer(target, async () => ({ reasons: [], facts: {} }));
}

export async function provision(
  { stack, service }: ServiceInput<PostgresOptions>,
  { signal }: ProvisionContext,
): Promise<void> {
  const address = primaryOf(stack, service).client;
  await ensureDatabase(targetOf(address, service.options, 'provision'), signal);
}
