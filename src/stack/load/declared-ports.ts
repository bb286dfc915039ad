import type { Kind } from '../contract/kind.ts';
import type { ValueScalar } from '../contract/model.ts';
import { fillReferences } from './references.ts';

/** A port of a service as stack.yaml and its kind say, values filled in. */
export interface DeclaredPort {
  readonly name: string;
  /** The number in a container. */
  readonly inside: number;
  /** The number that the first instance wants on this machine. */
  readonly outside: number;
  readonly published?: false;
}

/**
 * The ports of a service, the main one first: those of its kind, or where the stack names them these. One whose number is not
 * known has that of its kind, or is left out.
 */
export function declaredPorts(
  kind: Pick<Kind, 'ports' | 'takesAnyImage' | 'runsStackPrograms'>,
  given: Readonly<Record<string, unknown>>,
  values: ReadonlyMap<string, ValueScalar>,
): readonly DeclaredPort[] {
  if (kind.takesAnyImage === true) {
    return Object.entries(given).flatMap(([name, raw]) => {
      const { inside, outside } = portNumbers(raw, values);
      return inside === undefined || outside === undefined ? [] : [{ name, inside, outside }];
    });
  }
  return kind.ports.map(({ name, inside, ...rest }) => {
    const outside = portNumbers(given[name], values).outside ?? inside;
    return { name, inside: kind.runsStackPrograms === true ? outside : inside, outside, ...rest };
  });
}

/** What is written for a port as numbers; undefined where none is known. */
export function portNumbers(
  raw: unknown,
  values: ReadonlyMap<string, ValueScalar>,
): { readonly inside: number | undefined; readonly outside: number | undefined } {
  const filled = fillReferences(raw, values);
  if (typeof filled !== 'object' || filled === null) return { inside: numberOf(filled), outside: numberOf(filled) };
  const { inside, outside = inside } = filled as { readonly inside?: unknown; readonly outside?: unknown };
  return { inside: numberOf(inside), outside: numberOf(outside) };
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
