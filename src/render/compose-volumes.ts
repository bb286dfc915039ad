import type { Instance, Service, Stack } from '../stack/contract/model.ts';
import { LABELS } from '../stack/derived/labels.ts';
import type { Member } from './compose-member.ts';
import { nonEmptyTree, type Tree } from './yaml-tree.ts';

export function volumes(stack: Stack, members: readonly Member[]): Tree | undefined {
  return nonEmptyTree(
    Object.fromEntries(
      members.flatMap(({ service, instance, spec }) =>
        Object.entries(spec.volumes).map(([name, target], index) => [
          volumeKey(service, instance, name),
          {
            labels: {
              [LABELS.project]: stack.project.id,
              [LABELS.service]: service.name,
              [LABELS.instance]: instance.name,
              ...(index === 0 && { [LABELS.stateFolder]: target }),
            },
          },
        ]),
      ),
    ),
  );
}

/** As the stack calls it; further instances have the number behind it. */
export function volumeKey({ volumes }: Service, instance: Instance, volume: string): string {
  const given = volumes[volume];
  if (given === undefined) return `${instance.name}-${volume}`;
  return instance.index === 1 ? given : `${given}-${instance.index}`;
}
