import type { ServiceInput } from '../../stack/contract/kind.ts';
import { type Service, serviceOf } from '../../stack/contract/model.ts';

/** The service whose master the Sentinels watch: `monitors:` in stack.yaml. */
export function monitoredService({ stack, service }: ServiceInput): Service {
  if (service.monitors === undefined) throw new Error(`service ${service.name} of kind sentinel has no "monitors:"`);
  return serviceOf(stack, service.monitors);
}
