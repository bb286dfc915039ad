import { defined } from '../../lib/defined.ts';
import { Secret } from '../../lib/secret.ts';
import type { Kind } from '../contract/kind.ts';
import type { ValueScalar } from '../contract/model.ts';
import { ADDRESS_FIELDS, addressReference } from '../derived/environment.ts';
import { suggest } from '../source/suggest.ts';
import type { Mistake } from '../source/zod-problems.ts';
import type { FilledMistake } from './check-kinds.ts';
import type { Outline } from './outline.ts';
import { fillReferences, referencesIn } from './references.ts';

/** `{{service.field}}` in the variables of services: the service must exist and have that field. Pure. */
export function checkAddresses(outline: Outline, kinds: ReadonlyMap<string, Kind>): readonly Mistake[] {
  return [...outline.services].flatMap(([name, { environment }]) =>
    mistakesOf(environment, ['services', name, 'environment'], outline, kinds),
  );
}

/** The same for variables whose values are filled in: a value may bring an address with it, a secret never does. */
export function checkFilledAddresses(
  outline: Outline,
  kinds: ReadonlyMap<string, Kind>,
  values: ReadonlyMap<string, ValueScalar>,
): readonly FilledMistake[] {
  return [...outline.services].flatMap(([service, { environment }]) =>
    Object.entries(environment).flatMap(([variable, raw]) => {
      const filled = fillReferences(raw, values);
      const path = ['services', service, 'environment', variable];
      const used = referencesIn(raw).map(({ name }) => name);
      return mistakesOf(filled, path, outline, kinds).map((mistake) => ({ ...mistake, path, values: used }));
    }),
  );
}

function mistakesOf(
  data: unknown,
  at: readonly PropertyKey[],
  outline: Outline,
  kinds: ReadonlyMap<string, Kind>,
): readonly Mistake[] {
  if (data instanceof Secret) return [];
  return referencesIn(data, at).flatMap(({ path, name: reference }) => {
    const asked = addressReference(reference);
    return asked === undefined ? [] : wrong(asked, outline, kinds).map((mistake) => ({ ...mistake, path }));
  });
}

function wrong(
  { service, field }: { readonly service: string; readonly field: string },
  outline: Outline,
  kinds: ReadonlyMap<string, Kind>,
): readonly Omit<Mistake, 'path'>[] {
  const names = [...outline.services.keys()];
  const found = outline.services.get(service);
  if (found === undefined) return [unknown('service', service, names)];
  const kind = kinds.get(found.kind ?? '');
  if (kind === undefined) return [];
  const ports = kind.takesAnyImage === true ? Object.keys(found.ports) : kind.ports.map(({ name }) => name);
  const fields = [...(ports.length === 0 ? ['host'] : ADDRESS_FIELDS), ...ports.map((name) => `port.${name}`)];
  return fields.includes(field) ? [] : [unknown('field', field, fields)];
}

function unknown(what: string, name: string, known: readonly string[]): Omit<Mistake, 'path'> {
  const message = `unknown ${what} "${name}" (known: ${known.join(', ')})`;
  return { part: 'value', message, ...defined({ suggestion: suggest(name, known) }) };
}
