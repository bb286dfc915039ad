import { StackctlError } from '../errors.ts';
import { instancesOf, type Stack } from '../stack/model.ts';
import type { ObservedInstance } from '../stack/runtime.ts';
import { suggest } from '../stack/suggest.ts';
import type { OpenSession } from './session.ts';

/**
 * Names of the instances that words mean: an instance (`redis-2`) or a service (all of its); no words: all. Also those that
 * are there though the stack does not name them, like replicas that `docker compose up --scale` has added.
 * @throws E_INSTANCE_NOT_FOUND with a suggestion.
 */
export async function instanceNames(
  { stack, runtime }: Pick<OpenSession, 'stack' | 'runtime'>,
  words: readonly string[],
): Promise<readonly string[]> {
  return namesMeant(stack, await runtime.observe().catch(noneReadable), words);
}

/** What an instance has logged can be read without its record. */
function noneReadable(error: unknown): readonly ObservedInstance[] {
  if (error instanceof StackctlError && error.code === 'E_STATE_UNREADABLE') return [];
  throw error;
}

/** As `instanceNames`, of what is known already. Pure. */
export function namesMeant(
  stack: Stack,
  observed: readonly Pick<ObservedInstance, 'name'>[],
  words: readonly string[],
): readonly string[] {
  const services = new Map(instancesOf(stack).map(({ name, service }) => [name, service]));
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

function unknown(stack: Stack, all: readonly (readonly [string, string])[], word: string): StackctlError {
  const known = [...new Set([...stack.services.map(({ name }) => name), ...all.map(([name]) => name)])];
  const near = suggest(word, known);
  const guess = near === undefined ? '' : `; did you mean "${near}"?`;
  return new StackctlError(
    'E_INSTANCE_NOT_FOUND',
    `the project ${stack.project.name} has no service or instance "${word}"${guess}`,
    { hint: `It has: ${known.join(', ')}.`, details: { name: word, known } },
  );
}
