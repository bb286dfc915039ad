import { StackctlError } from '../../errors.ts';
import type { Instance, ProjectIdentity } from '../../stack/contract/model.ts';
import type { ObservedInstance, Runtime } from '../../stack/contract/runtime.ts';
import { didYouMean, suggest } from '../../stack/source/suggest.ts';
import type { OpenRecord } from './record-session.ts';

/** As much of a stack as its names. */
export interface StackNames {
  readonly project: Pick<ProjectIdentity, 'name'>;
  readonly services: readonly {
    readonly name: string;
    readonly instances: readonly Pick<Instance, 'name' | 'service'>[];
  }[];
}

/** The names in a project whose stack cannot be read: its record has the ports of each instance. */
export function namesOnRecord({ identity, record }: Pick<OpenRecord, 'identity' | 'record'>): StackNames {
  const instances = Object.keys(record.ports).map((name) => ({ name, service: serviceIn(name) }));
  const services = [...new Set(instances.map(({ service }) => service))].map((name) => ({
    name,
    instances: instances.filter(({ service }) => service === name),
  }));
  return { project: identity, services };
}

/**
 * Names of the instances that words stand for: an instance (`redis-2`), or a service for all of its instances; no words
 * stand for all. Also instances that run and that the stack does not name, like those of `docker compose up --scale`.
 * @throws E_INSTANCE_NOT_FOUND with a suggestion.
 */
export async function instanceNames(
  { stack, runtime }: { readonly stack: StackNames; readonly runtime: Pick<Runtime, 'observe'> },
  words: readonly string[],
): Promise<readonly string[]> {
  return namesMeant(stack, await runtime.observe().catch(emptyIfUnreadable), words);
}

/** The log of an instance can be read without its record. */
function emptyIfUnreadable(error: unknown): readonly ObservedInstance[] {
  if (error instanceof StackctlError && error.code === 'E_STATE_UNREADABLE') return [];
  throw error;
}

/** As `instanceNames`, from what was observed before. Pure. */
export function namesMeant(
  stack: StackNames,
  observed: readonly Pick<ObservedInstance, 'name'>[],
  words: readonly string[],
): readonly string[] {
  const services = new Map(
    stack.services.flatMap(({ instances }) => instances).map(({ name, service }) => [name, service]),
  );
  for (const { name } of observed) if (!services.has(name)) services.set(name, serviceIn(name));
  const all = [...services];
  if (words.length === 0) return all.map(([name]) => name);
  for (const word of words) if (!all.some((one) => one.includes(word))) throw unknown(stack, all, word);
  return all.filter((one) => one.some((name) => words.includes(name))).map(([name]) => name);
}

/** `backend-3` -> `backend`: every instance is named after its service. */
function serviceIn(name: string): string {
  return name.replace(/-\d+$/, '');
}

function unknown(stack: StackNames, all: readonly (readonly [string, string])[], word: string): StackctlError {
  return noSuchInstance(stack, [...stack.services.map(({ name }) => name), ...all.map(([name]) => name)], word);
}

/** E_INSTANCE_NOT_FOUND for a word that is no name of a service or an instance, with a suggestion. */
export function noSuchInstance(
  { project }: Pick<StackNames, 'project'>,
  names: readonly string[],
  word: string,
): StackctlError {
  const known = [...new Set(names)];
  return new StackctlError(
    'E_INSTANCE_NOT_FOUND',
    `the project ${project.name} has no service or instance "${word}"${didYouMean(suggest(word, known))}`,
    { hint: `It has: ${known.join(', ')}.`, details: { name: word, known } },
  );
}
