import type { Instance, Service, Stack } from '../stack/contract/model.ts';
import { LABELS } from '../stack/derived/labels.ts';
import type { Member } from './compose-member.ts';
import { nonEmptyTree, type Tree } from './yaml-tree.ts';

/** Those of the instances, and those that services name under `compose:`, which are one for all that name them. */
export function volumes(stack: Stack, members: readonly Member[]): Tree | undefined {
  return nonEmptyTree({ ...sharedVolumes(stack), ...ownVolumes(stack, members) });
}

function ownVolumes(stack: Stack, members: readonly Member[]): Tree {
  return Object.fromEntries(
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
  );
}

/** With the project's label, so that `down --volumes` finds them. */
function sharedVolumes({ services, project }: Stack): Tree {
  const names = services.flatMap(({ compose }) => [compose.volumes].flat().flatMap(namedVolume));
  return Object.fromEntries(names.map((name) => [name, { labels: { [LABELS.project]: project.id } }]));
}

const NAMED = /^([a-zA-Z0-9][\w.-]+):\//;

/** Of `media:/media:ro`, or the same as a map; none of a folder and of a volume without a name. */
function namedVolume(mount: unknown): readonly string[] {
  if (typeof mount === 'string') return NAMED.exec(mount)?.slice(1, 2) ?? [];
  if (typeof mount !== 'object' || mount === null) return [];
  const { type, source } = mount as Readonly<Record<string, unknown>>;
  return type === 'volume' && typeof source === 'string' && source !== '' ? [source] : [];
}

/** As the stack calls it; further instances have the number behind it. */
export function volumeKey({ volumes }: Service, instance: Instance, volume: string): string {
  const given = volumes[volume];
  if (given === undefined) return `${instance.name}-${volume}`;
  return instance.index === 1 ? given : `${given}-${instance.index}`;
}
