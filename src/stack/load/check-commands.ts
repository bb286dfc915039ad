import { addressReference } from '../derived/environment.ts';
import type { Mistake } from '../source/zod-problems.ts';
import type { Outline } from './outline.ts';
import { referencesIn } from './references.ts';

/**
 * `{{value}}` and `{{service.field}}` in a command, which is not filled in: a secret in it could be read by every user of
 * the machine. What names neither a value nor a service is for the program (`{{.Names}}`). Pure.
 */
export function filledCommands({ services, values }: Outline): readonly Mistake[] {
  const isOurs = (name: string): boolean => values.has(name) || services.has(addressReference(name)?.service ?? '');
  return [...services]
    .flatMap(([service, { command }]) => referencesIn(command, ['services', service, 'command']))
    .filter(({ name }) => isOurs(name))
    .map(({ path, name }) => ({
      path,
      part: 'value',
      message: `a command is not filled in: give {{${name}}} to a variable of \`environment\`, which the program reads`,
    }));
}
