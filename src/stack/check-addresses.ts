import { ADDRESS_FIELDS, addressReference } from './environment.ts';
import type { Kind } from './kind.ts';
import type { Outline } from './outline.ts';
import { maybe } from './problem.ts';
import { referencesIn } from './references.ts';
import { suggest } from './suggest.ts';
import type { Mistake } from './zod-problems.ts';

/** `{{service.field}}` in the variables of services: the service must be there, and have what is asked of it. Pure. */
export function checkAddresses(outline: Outline, kinds: ReadonlyMap<string, Kind>): readonly Mistake[] {
  return [...outline.services].flatMap(([name, { environment }]) =>
    referencesIn(environment, ['services', name, 'environment']).flatMap(({ path, name: reference }) => {
      const asked = addressReference(reference);
      return asked === undefined ? [] : wrong(asked, outline, kinds).map((mistake) => ({ ...mistake, path }));
    }),
  );
}

function wrong(
  { service, field }: { readonly service: string; readonly field: string },
  outline: Outline,
  kinds: ReadonlyMap<string, Kind>,
): readonly Omit<Mistake, 'path'>[] {
  const names = [...outline.services.keys()];
  const found = outline.services.get(service);
  if (found === undefined) return [unknown('service', service, names)];
  const ports = (kinds.get(found.kind ?? '')?.ports ?? []).map((port) => `port.${port.name}`);
  const fields = [...ADDRESS_FIELDS, ...ports];
  return fields.includes(field) || !kinds.has(found.kind ?? '') ? [] : [unknown('field', field, fields)];
}

function unknown(what: string, name: string, known: readonly string[]): Omit<Mistake, 'path'> {
  const message = `unknown ${what} "${name}" (known: ${known.join(', ')})`;
  return { part: 'value', message, ...maybe(suggest(name, known)) };
}
