/** What is wrong with the ports of a service. Pure. */
import { defined } from '../../lib/defined.ts';
import type { Kind } from '../contract/kind.ts';
import type { ValueScalar } from '../contract/model.ts';
import { suggest } from '../source/suggest.ts';
import type { Mistake } from '../source/zod-problems.ts';
import type { OutlineService } from './outline.ts';
import { fillReferences, referencesIn } from './references.ts';

const PORT_NAME = /^[a-z][a-z0-9-]*$/;

/** Names that the kind does not know, or that no name of a variable can be made of; a number inside where the kind has its own. */
export function unknownPorts({ ports }: OutlineService, kind: Kind): readonly Mistake[] {
  if (kind.takesAnyImage === true) {
    return Object.keys(ports)
      .filter((port) => !PORT_NAME.test(port))
      .map((port) => key(port, 'must be lower-case letters, digits and dashes, the first one a letter'));
  }
  const known = kind.ports.map((port) => port.name);
  return Object.entries(ports).flatMap(([port, given]): readonly Mistake[] => {
    if (!known.includes(port)) {
      const message = `kind ${kind.name} has no such port (known: ${known.join(', ')})`;
      return [{ ...key(port, message), ...defined({ suggestion: suggest(port, known) }) }];
    }
    const message = `must be one number: kind ${kind.name} decides itself where it listens inside`;
    return typeof given === 'object' ? [{ path: ['ports', port], part: 'value', message }] : [];
  });
}

/** Values that are no ports where a port is filled with them. */
export function wrongPortFills(
  { ports }: OutlineService,
  values: ReadonlyMap<string, ValueScalar>,
): readonly Mistake[] {
  return Object.entries(ports).flatMap(([port, given]) =>
    typeof given === 'object' && given !== null
      ? Object.entries(given).flatMap(([side, raw]) => wrongFill(raw, ['ports', port, side], values))
      : wrongFill(given, ['ports', port], values),
  );
}

function wrongFill(
  raw: unknown,
  path: readonly string[],
  values: ReadonlyMap<string, ValueScalar>,
): readonly Mistake[] {
  const filled = fillReferences(raw, values);
  const isReference = typeof raw === 'string' && referencesIn(raw).every(({ name }) => values.has(name));
  const isPort = typeof filled === 'number' && Number.isInteger(filled) && filled >= 1 && filled <= 65_535;
  return isReference && !isPort ? [{ path, part: 'value', message: 'must be filled with a value of type port' }] : [];
}

function key(port: string, message: string): Mistake {
  return { path: ['ports', port], part: 'key', message };
}
