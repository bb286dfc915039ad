import { addressReference } from '../derived/environment.ts';
import { suggest } from '../source/suggest.ts';
import type { Mistake } from '../source/zod-problems.ts';
import type { Outline } from './outline.ts';
import { referencesIn } from './references.ts';

/** Of templates of other programs. */
const WORDS_OF_OTHERS = new Set(['end', 'else', 'break', 'continue', 'nil', 'true', 'false', 'this']);

/**
 * `{{value}}` and `{{service.field}}` in a command, which is not filled in: a secret in it could be read by every user of
 * the machine. What names neither of them, and is no misspelt one, is for the program (`{{.Names}}`). Pure.
 */
export function filledCommands(outline: Outline): readonly Mistake[] {
  return [...outline.services]
    .flatMap(([service, { command }]) => referencesIn(command, ['services', service, 'command']))
    .flatMap(({ path, name }): readonly Mistake[] => {
      const meant = meantBy(name, outline);
      if (meant === undefined) return [];
      const unknown = meant === name ? '' : `unknown {{${name}}}; did you mean {{${meant}}}? `;
      const message = `${unknown}a command is not filled in: give {{${meant}}} to a variable of \`environment\`, which the program reads`;
      return [{ path, part: 'value', message }];
    });
}

/** The value, or the field of a service, that a name is or is close to. */
function meantBy(name: string, { services, values }: Outline): string | undefined {
  if (values.has(name)) return name;
  const [service = '', ...field] = name.split('.');
  const isAddress = addressReference(name) !== undefined;
  if (isAddress && services.has(service)) return name;
  if (WORDS_OF_OTHERS.has(name) || !/^[\w-]{3,}(\.[\w-]+)*$/.test(name)) return undefined;
  const near = suggest(isAddress ? service : name, [...(isAddress ? services : values).keys()]);
  return near === undefined || !isAddress ? near : [near, ...field].join('.');
}
