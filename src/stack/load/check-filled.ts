/** Mistakes of a stack once its values are filled in, each blamed on the value or on stack.yaml. Pure. */
import { defined } from '../../lib/defined.ts';
import type { ResolvedValue, ValueScalar } from '../contract/model.ts';
import { fieldName, type Problem } from '../source/problem.ts';
import { BUILT_IN } from '../values/values.ts';
import { checkFilledAddresses } from './check-addresses.ts';
import { checkService, type FilledMistake } from './check-kinds.ts';
import { checkNetwork } from './check-network.ts';
import { declaredPorts } from './declared-ports.ts';
import { countOf, kindOf, valueMap } from './filled-spec.ts';
import { portRanges, rangeProblems } from './port-ranges.ts';
import { fillReferences, referencesIn } from './references.ts';
import type { Refused, ResolveInput } from './resolution.ts';

/** A mistake that comes from a given value is blamed on where it was given, every other one on stack.yaml. */
export function checkFilled(input: ResolveInput): Refused | undefined {
  const { loaded, values } = input;
  const filled = valueMap(values);
  const mistakes = Object.entries(loaded.spec.services).flatMap(([name, spec]) => {
    const service = loaded.outline.services.get(name);
    const found = service === undefined ? [] : checkService(name, service, kindOf(spec, loaded), filled);
    return found;
  });
  const all = [
    ...mistakes,
    ...refusals(input, filled),
    ...checkNetwork(loaded.spec.network, filled),
    ...checkFilledAddresses(loaded.outline, loaded.kinds, filled),
    ...rangeMistakes(input, filled),
  ];
  if (all.length === 0) return undefined;
  const given = all.flatMap((mistake) => {
    const culprit = values.find(({ name, origin }) => mistake.values.includes(name) && origin !== BUILT_IN);
    return culprit === undefined ? [] : [blame(culprit, mistake)];
  });
  if (given.length > 0) return { blame: 'values', subject: loaded.spec.stack, problems: given };
  return {
    blame: 'stack',
    subject: loaded.source.file,
    problems: all.map(({ path, part, message }) => ({
      ...loaded.source.at(path, part),
      field: fieldName(path),
      message,
    })),
  };
}

/** What the kinds say about options together with the number of instances; options that are wrong by themselves are left out. */
function refusals({ loaded, decisions }: ResolveInput, filled: ReadonlyMap<string, ValueScalar>) {
  return Object.entries(loaded.spec.services).flatMap(([name, spec]) => {
    const kind = kindOf(spec, loaded);
    const ports = declaredPorts(kind, spec.ports, filled).map((port) => port.name);
    const parsed = kind.options.safeParse(fillReferences(spec.options, filled));
    const found = parsed.success ? kind.refuse?.(parsed.data, countOf(name, spec, decisions?.counts), ports) : [];
    return (found ?? []).map(
      ({ option, text }): FilledMistake => ({
        path: option === 'instances' ? ['services', name, option] : ['services', name, 'options', option],
        part: 'value',
        message: text,
        values: referencesIn(spec.options[option]).map((reference) => reference.name),
      }),
    );
  });
}

function rangeMistakes(
  { loaded: { spec }, runtime }: ResolveInput,
  values: ReadonlyMap<string, ValueScalar>,
): readonly FilledMistake[] {
  const ranges = portRanges(Object.entries(spec.services), values, runtime);
  const used = ranges.flatMap(({ service, port }) => referencesIn(spec.services[service]?.ports[port]));
  return rangeProblems(ranges).map(({ range, message }) => ({
    path: ['services', range.service, 'ports', range.port],
    part: 'value',
    message,
    // The other side of an overlap may be the one that the user moved.
    values: [...referencesIn(spec.services[range.service]?.ports[range.port]), ...used].map(({ name }) => name),
  }));
}

function blame({ name, origin }: ResolvedValue, { path, message, suggestion }: FilledMistake): Problem {
  return { origin, field: name, message: `${message} (it fills ${fieldName(path)})`, ...defined({ suggestion }) };
}
