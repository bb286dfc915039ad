import type { Service } from '../../src/stack/contract/model.ts';

/** What a service has when stack.yaml says no more than its kind. Spread it, and say the rest. */
export const BARE_SERVICE = {
  declaredInstances: 1,
  image: '',
  dependsOn: [],
  monitors: undefined,
  primaryFrom: undefined,
  config: [],
  compose: {},
  volumes: {},
  mounts: {},
  build: undefined,
  command: [],
  environment: [],
  through: undefined,
} as const satisfies Omit<Service, 'name' | 'kind' | 'instances' | 'options'>;
