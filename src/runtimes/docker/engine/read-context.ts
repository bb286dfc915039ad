import { join } from 'node:path';
import { StackctlError } from '../../../errors.ts';
import { readJsonIfThere } from '../../../lib/files.ts';
import { sha256 } from '../../../lib/sha256.ts';
import type { RuntimeInput } from '../../../stack/contract/runtime.ts';
import { chosenContext, configFolder, type EngineContext } from './engine-address.ts';

/**
 * The docker context in use, read as the docker command line stores it: `contexts/meta/<sha256 of the name>/meta.json`
 * and `contexts/tls/<sha256>/docker/*.pem`.
 * @throws E_ENGINE_MISSING when a context is chosen that does not exist.
 */
export async function readContext(env: RuntimeInput['env']): Promise<EngineContext | undefined> {
  const folder = configFolder(env);
  const config = (await readJsonIfThere(join(folder, 'config.json'))) as { currentContext?: string } | undefined;
  const name = chosenContext(env, config?.currentContext);
  if (name === undefined) return undefined;
  const id = sha256(name);
  const meta = (await readJsonIfThere(join(folder, 'contexts', 'meta', id, 'meta.json'))) as ContextMeta | undefined;
  const endpoint = meta?.Endpoints?.docker;
  if (endpoint?.Host === undefined) throw unknownContext(name);
  const tls = endpoint.Host.startsWith('tcp://') || endpoint.Host.startsWith('https://');
  return {
    name,
    host: endpoint.Host,
    tlsFolder: tls ? join(folder, 'contexts', 'tls', id, 'docker') : undefined,
    skipTlsVerify: endpoint.SkipTLSVerify ?? false,
  };
}

interface ContextMeta {
  readonly Endpoints?: { readonly docker?: { readonly Host?: string; readonly SkipTLSVerify?: boolean } };
}

function unknownContext(name: string): StackctlError {
  return new StackctlError('E_ENGINE_MISSING', `the docker context "${name}" does not exist`, {
    hint: 'List the contexts with `docker context ls`, choose one with `docker context use NAME`, or unset DOCKER_CONTEXT.',
    details: { context: name },
  });
}
