import type { InstanceInput, Probe, ProvisionContext, ServiceInput } from '../../stack/contract/kind.ts';
import { primaryOf } from '../../stack/contract/model.ts';
import { lookAtServer } from '../_shared/postgres/look.ts';
import { targetOf } from '../_shared/postgres/options.ts';
import { ensureDatabase } from '../_shared/postgres/provision.ts';
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
