import type { TemplateItem, TemplateVariables } from '../../../stack/contract/files.ts';
import { formatAddress, type InstanceInput, type Service, type Stack } from '../../../stack/contract/model.ts';
import { areReplicas } from '../../../stack/derived/replicas.ts';

/** `upstreams`: where every service that goes through this one is found, for the config of a proxy. */
export function templateVariables({ stack, service, instance }: InstanceInput): TemplateVariables {
  const behind = stack.services.filter(({ through }) => through === service.name);
  return {
    project: stack.project.name,
    instance: instance.name,
    port: instance.peer.port,
    upstreams: behind.flatMap((other) => upstreamsOf(stack, other)),
  };
}

/** Replicas have one name that stands for the addresses of all of them. */
function upstreamsOf(stack: Stack, { instances, name, through }: Service): readonly TemplateItem[] {
  if (!areReplicas(stack.runtime, { through }))
    return instances.map((instance) => ({ name: instance.name, address: formatAddress(instance.peer) }));
  return instances.slice(0, 1).map(({ peer }) => ({ name, address: formatAddress(peer) }));
}
