import { StackctlError } from '../errors.ts';
import type { Instance, Service, Stack } from '../stack/contract/model.ts';
import { noSuchService } from '../stack/derived/no-service.ts';

export interface ScaleTarget {
  readonly service: string;
  readonly count: number;
}

/** `redis=5` -> {service, count}. @throws E_USAGE */
export function parseScaleTarget(text: string): ScaleTarget {
  const match = /^([a-z0-9][a-z0-9-]*)=(\d+)$/.exec(text);
  if (match === null) {
    throw new StackctlError('E_USAGE', `"${text}" is not of the form service=number`, {
      hint: 'E.g. stackctl scale redis=5',
    });
  }
  return { service: match[1] ?? '', count: Number(match[2]) };
}

/**
 * The instances that have to go, highest index first. Checks every target before anything happens.
 * @throws E_SCALE_REFUSED, E_INSTANCE_NOT_FOUND, with every reason.
 */
export function instancesToRemove(stack: Stack, targets: readonly ScaleTarget[]): readonly Instance[] {
  const twice = targets.find(({ service }, index) => targets.findIndex((other) => other.service === service) < index);
  if (twice !== undefined) {
    throw new StackctlError('E_USAGE', `${twice.service} is given two numbers of instances`, {
      hint: 'Give each service once. Nothing was changed.',
    });
  }
  const refusals = targets.flatMap(({ service: name, count }) => {
    const service = requireService(stack, name);
    const reasons = [
      ...(count < 1 ? ['a service has at least one instance'] : []),
      ...(service.kind.refuseScale?.({ stack, service }, count) ?? []),
    ];
    return reasons.map((reason) => `${name}=${count}: ${reason}`);
  });
  if (refusals.length > 0) {
    throw new StackctlError('E_SCALE_REFUSED', `cannot scale:\n${refusals.map((text) => `  ${text}`).join('\n')}`, {
      hint: 'Nothing was changed. Choose another number, or change the value that is named first.',
      details: { refusals },
    });
  }
  return targets.flatMap(({ service, count }) =>
    requireService(stack, service)
      .instances.filter(({ index }) => index > count)
      .toReversed(),
  );
}

/**
 * The same checks for an `up` with other counts. It never removes instances of a service that fails over: only `scale`
 * hands over first and makes the arbiters forget them.
 * @throws E_SCALE_REFUSED, E_INSTANCE_NOT_FOUND, E_USAGE
 */
export function refuseUnsafeCounts(stack: Stack, targets: readonly ScaleTarget[]): void {
  const withFailover = new Set(
    stack.services.flatMap(({ name, kind, monitors }) => (kind.arbiter === undefined ? [] : [name, monitors])),
  );
  const gone = instancesToRemove(stack, targets).filter(({ service }) => withFailover.has(service));
  if (gone.length === 0) return;
  const names = gone.map(({ name }) => name).join(', ');
  const words = targets.map(({ service, count }) => `${service}=${count}`).join(' ');
  throw new StackctlError('E_SCALE_REFUSED', `up cannot remove instances of a service that fails over (${names})`, {
    hint: `Nothing was changed. While the project is up: stackctl scale ${words}`,
    details: { instances: gone.map(({ name }) => name) },
  });
}

function requireService(stack: Stack, name: string): Service {
  const service = stack.services.find((candidate) => candidate.name === name);
  if (service !== undefined) return service;
  throw noSuchService(stack, [name]);
}
