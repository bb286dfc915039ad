import type { ValueScalar } from '../contract/model.ts';
import { describe } from '../source/zod-problems.ts';
import type { FilledMistake } from './check-kinds.ts';
import { fillReferences, referencesIn } from './references.ts';

/** What is wrong with `network:` once its values are known. Docker refuses such a name only when it makes the network. */
export function checkNetwork(
  network: string | undefined,
  values: ReadonlyMap<string, ValueScalar>,
): readonly FilledMistake[] {
  const name = fillReferences(network, values);
  const used = referencesIn(network).map((reference) => reference.name);
  if (network === undefined || used.some((one) => !values.has(one))) return [];
  if (/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/.test(String(name)) && typeof name !== 'object') return [];
  const message = `must be the name of a Docker network (letters, digits, dot, underscore and dash, the first one a letter or digit), not ${describe(name)}`;
  return [{ path: ['network'], part: 'value', message, values: used }];
}
