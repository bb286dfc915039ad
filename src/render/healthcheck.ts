import type { ContainerSpec } from '../stack/contract/launch.ts';
import type { Stack } from '../stack/contract/model.ts';
import type { Tree } from './yaml-tree.ts';

/** `healthcheck:` of a service of the Compose file; undefined: what the image says. */
export function healthcheck(stack: Stack, spec: ContainerSpec): Tree | undefined {
  if (spec.healthcheck.length === 0) return undefined;
  const startInterval = startIntervalOf(stack);
  return {
    test: ['CMD', ...spec.healthcheck],
    interval: `${spec.healthcheckEveryS ?? 5}s`,
    timeout: `${spec.healthcheckTimeoutS ?? 3}s`,
    retries: 5,
    // Engines before 25 refuse the whole file when it has a start_interval, which counts only during the start period.
    ...(startInterval === undefined ? {} : { start_period: '30s', start_interval: startInterval }),
  };
}

/** The duration between health checks of a starting container that the stack asks for. */
export function startIntervalOf({ values }: Pick<Stack, 'values'>): string | undefined {
  const value = values.find(({ name }) => name === 'healthStartInterval')?.value;
  return typeof value === 'string' && value !== '' ? value : undefined;
}
