import type { Service } from '../contract/model.ts';
import type { ServerChoice } from '../contract/needs.ts';

/** The programs and the image of a service of this kind with these options. */
export function serverOf({ kind, options, command }: Pick<Service, 'kind' | 'options' | 'command'>): ServerChoice {
  return kind.server?.(options, command) ?? { image: kind.defaultImage, binaries: kind.binaries };
}
