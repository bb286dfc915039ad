import type { ContainerSpec } from '../stack/contract/launch.ts';
import type { Instance, Service } from '../stack/contract/model.ts';

/** What one entry of the Compose file is made from. */
export interface Member {
  readonly service: Service;
  readonly instance: Instance;
  readonly spec: ContainerSpec;
  readonly hasFiles: boolean;
}
