import { StackctlError } from '../../errors.ts';
import type { Service, Stack } from '../../stack/contract/model.ts';
import type { RecordCapability } from '../../stack/contract/record.ts';
import { noSuchService } from '../../stack/derived/no-service.ts';
import type { RecordFormat } from './record-format.ts';

export interface RecordTarget {
  readonly service: Service;
  readonly capability: RecordCapability;
  readonly format: RecordFormat;
}

const FORMATS: Readonly<Record<RecordCapability['records'], readonly RecordFormat[]>> = {
  http: ['har', 'vegeta'],
  command: ['monitor'],
};

/**
 * The service whose requests are recorded. Of a service and the one that monitors it, the latter knows where commands go.
 * @param wanted its name; undefined: the only one.
 * @throws E_INSTANCE_NOT_FOUND; E_USAGE when it cannot be recorded so, when there is none, or more than one.
 */
export function recordTarget(stack: Stack, wanted: string | undefined, format: RecordFormat | undefined): RecordTarget {
  const service = serviceFor(stack, wanted);
  const capability = service.kind.traffic?.record;
  if (capability === undefined) throw new Error(`${service.name} was not chosen by serviceFor`);
  const able = FORMATS[capability.records];
  const [first = 'har'] = able;
  if (format !== undefined && !able.includes(format)) {
    throw new StackctlError('E_USAGE', `what comes to ${service.name} cannot be recorded as ${format}`, {
      hint: `Give --format ${able.join(' or ')}, or leave it out.`,
      details: { known: able },
    });
  }
  return { service, capability, format: format ?? first };
}

function serviceFor(stack: Stack, wanted: string | undefined): Service {
  const able = stack.services.filter(({ kind }) => kind.traffic?.record !== undefined);
  const names = able.map(({ name }) => name);
  if (wanted !== undefined && stack.services.every(({ name }) => name !== wanted)) throw noSuchService(stack, [wanted]);
  const chosen = able.filter(({ name }) => name === wanted);
  const own = able.filter(({ name }) => !able.some(({ monitors }) => monitors === name));
  const [only, other] = wanted === undefined ? own : chosen;
  if (only !== undefined && other === undefined) return only;
  const what =
    wanted === undefined
      ? `several services of ${stack.name} can be recorded`
      : `the service ${wanted} cannot be recorded`;
  throw new StackctlError('E_USAGE', names.length === 0 ? `no service of ${stack.name} can be recorded` : what, {
    hint: names.length === 0 ? 'See docs/traffic.md, "Record".' : `Name one of them: ${names.join(', ')}.`,
    details: { known: names },
  });
}
