import { MAX_INSTANCES } from '../../stack/derived/addresses.ts';
import type { Choice, ChosenService } from './choose.ts';

/**
 * How many instances a service has. A server is one, unless it is watched or watches others: then its further nodes in the Compose file
 * are instances of it.
 */
export function instancesOf({ from, server }: Pick<ChosenService, 'from' | 'server'>, choice: Choice): number {
  if (server === undefined) return Math.min(from.replicas, MAX_INSTANCES);
  if (watcherOf(from.name, choice) === undefined && server.kind.arbiter === undefined) return 1;
  const further = choice.all.filter(({ name }) => choice.same.get(name) === from.name);
  const count = [from, ...further].reduce((sum, { replicas }) => sum + replicas, 0);
  return Math.min(count, MAX_INSTANCES);
}

/** The service that watches another one. */
export function watcherOf(name: string, { chosen }: Choice): ChosenService | undefined {
  return chosen.find(({ server }) => server?.adopted.monitors === name);
}
