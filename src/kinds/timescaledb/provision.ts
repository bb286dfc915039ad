import { type PostgresTarget, withPostgres } from '../../clients/postgres/connect.ts';
import { failureText, serverError } from '../../clients/postgres/failure.ts';
import { StackctlError } from '../../errors.ts';
import type { ProvisionContext } from '../../stack/contract/kind.ts';
import type { ServiceInput } from '../../stack/contract/model.ts';
import { ensureExtension } from '../_shared/postgres/provision.ts';
import { EXTENSION, type ExtensionState, notFound } from './extension.ts';
import { isRequired, type TimescaleOptions } from './options.ts';
import { readExtensionState } from './read-extension-state.ts';

/** Makes the extension in the database. @throws E_START_FAILED when it is required and the server does not have it. */
export async function provisionExtension(
  target: PostgresTarget,
  { stack, service }: ServiceInput<TimescaleOptions>,
  { emit }: ProvisionContext,
): Promise<void> {
  const before = await withPostgres(target, readExtensionState);
  if (before.version !== undefined) return;
  const required = isRequired(service.options, stack.runtime);
  // Where it is available and its library was not loaded, CREATE EXTENSION would end the connection.
  if (!before.available || !before.preloaded) {
    if (required) throw absent(service.name, before);
    return;
  }
  try {
    await ensureExtension(target, EXTENSION);
  } catch (error) {
    if (serverError(error) === undefined) throw error;
    const text = `${service.name}: the extension ${EXTENSION} cannot be created: ${failureText(error, target.timeoutMs)}`;
    const hint = `Run \`stackctl logs ${service.name}\`: a part of the package may be missing.`;
    if (required) throw new StackctlError('E_START_FAILED', text, { hint, cause: error });
    emit({ type: 'warning', text: `${text}. ${hint}` });
  }
}

function absent(service: string, state: ExtensionState): StackctlError {
  return new StackctlError('E_START_FAILED', `${service}: ${state.available ? NOT_LOADED : notFound(state)}`, {
    hint: state.available
      ? `Add to the options of ${service} in stack.yaml: settings: { shared_preload_libraries: ${EXTENSION} }, and run \`stackctl up\` again.`
      : `Install it, or set the option timescale of ${service} to preferred (plain tables in the place of hypertables), and run \`stackctl up\` again.`,
    details: { service, extension: EXTENSION },
  });
}

/** E.g. data that was made by an image without TimescaleDB keeps that image's configuration. */
const NOT_LOADED = 'TimescaleDB is installed, and the configuration of this server does not load it at the start';
