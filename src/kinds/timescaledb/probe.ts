import type { Client } from 'pg';
import { withPostgres } from '../../clients/postgres/connect.ts';
import { failureText, serverError } from '../../clients/postgres/failure.ts';
import { StackctlError } from '../../errors.ts';
import type { InstanceInput, Probe, ProvisionContext, ServiceInput } from '../../stack/contract/kind.ts';
import { primaryOf } from '../../stack/contract/model.ts';
import { lookAtServer, type MoreToSee } from '../_shared/postgres/look.ts';
import { targetOf } from '../_shared/postgres/options.ts';
import { ensureDatabase, ensureExtension } from '../_shared/postgres/provision.ts';
import { EXTENSION, type ExtensionState, INSTALLED_LATER, notFound, whyAbsent } from './extension.ts';
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
  const why = [whyAbsent(state)];
  return required ? { reasons: why, facts } : { reasons: [], degraded: why, facts };
}

/** Only a start loads the library. One that would not load it either is no reason for one. */
export async function staleSince({ instance, service }: InstanceInput<TimescaleOptions>): Promise<string | undefined> {
  const state = await withPostgres(targetOf(instance.client, service.options, 'probe'), lookAtExtension);
  const helps = state.version === undefined && state.available && !state.preloaded && state.hasLibrary === true;
  return helps ? INSTALLED_LATER : undefined;
}

/** Makes what is missing: the database, the extension in it. @throws E_START_FAILED when it is required and not there. */
export async function provision(
  { stack, service }: ServiceInput<TimescaleOptions>,
  { emit, signal }: ProvisionContext,
): Promise<void> {
  const address = primaryOf(stack, service).client;
  const target = targetOf(address, service.options, 'provision');
  await ensureDatabase(target, signal);
  const before = await withPostgres(target, lookAtExtension);
  // Where it is available and was not loaded, the server would end the connection.
  const required = isRequired(service.options, stack.runtime);
  if (before.version !== undefined) return;
  if (!before.available || !before.preloaded) {
    if (required) throw absent(service.name, before);
    return;
  }
  try {
    await ensureExtension(target, EXTENSION);
  } catch (error) {
    if (serverError(error) === undefined) throw error;
    const text = `${service.name}: the extension ${EXTENSION} cannot be created: ${failureText(error, target.timeoutMs)}`;
    const hint = `Is the whole package installed? See \`stackctl logs ${service.name}\`.`;
    if (required) throw new StackctlError('E_START_FAILED', text, { hint, cause: error });
    emit({ type: 'warning', text: `${text}. ${hint}` });
  }
}

function absent(service: string, state: ExtensionState): StackctlError {
  return new StackctlError('E_START_FAILED', `${service}: ${state.available ? NOT_LOADED : notFound(state)}`, {
    hint: state.available
      ? `Add to the options of ${service}: settings: { shared_preload_libraries: ${EXTENSION} }, and run \`stackctl up\` again.`
      : 'Or set the option timescale of the service to preferred: hypertables are plain tables then.',
    details: { service, extension: EXTENSION },
  });
}

/** E.g. data that an image without TimescaleDB has made keeps that image's configuration. */
const NOT_LOADED = 'TimescaleDB is installed, and the configuration of this server does not load it at the start';
