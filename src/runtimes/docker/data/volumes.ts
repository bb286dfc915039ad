import { StackctlError } from '../../../errors.ts';
import { deadline, isTimeout } from '../../../lib/poll.ts';
import type { DataItem } from '../../../stack/contract/runtime.ts';
import { LABELS } from '../../../stack/derived/labels.ts';
import { type ListedVolume, listVolumes } from '../containers/project-objects.ts';
import type { Engine } from '../engine/engine.ts';
import { engineMessage, statusCode } from '../engine/guard.ts';

/** The Engine walks over every volume of the machine to measure one. */
const MEASURE_MS = 3000;

/** The project's named volumes. Sizes where the Engine measures them in time. */
export async function projectData(engine: Engine, projectId: string): Promise<readonly DataItem[]> {
  const volumes = await listVolumes(engine, projectId);
  if (volumes.length === 0) return [];
  const sizes = await volumeSizes(engine);
  return volumes.map(({ Name, Labels }) => ({
    name: Name,
    instance: Labels?.[LABELS.instance] ?? '',
    usedBytes: sizes.get(Name),
  }));
}

interface DiskUsage {
  readonly Volumes: readonly { readonly Name: string; readonly UsageData: { readonly Size: number } | null }[] | null;
}

async function volumeSizes(engine: Engine): Promise<ReadonlyMap<string, number>> {
  try {
    // `type=volume` is ignored by Engines before API 1.42: they measure everything.
    const usage = await engine.get<DiskUsage>('/system/df?type=volume', deadline(MEASURE_MS));
    return new Map(
      (usage.Volumes ?? []).flatMap(({ Name, UsageData }) =>
        UsageData !== null && UsageData.Size >= 0 ? [[Name, UsageData.Size] as const] : [],
      ),
    );
  } catch (error) {
    // 409: another measurement is running.
    if (isTimeout(error) || statusCode(error) !== undefined) return new Map();
    throw error;
  }
}

export async function removeInstanceData(
  engine: Engine,
  projectId: string,
  instances: readonly string[],
): Promise<void> {
  const volumes = await listVolumes(engine, projectId);
  await removeVolumes(
    engine,
    volumes.filter(({ Labels }) => instances.includes(Labels?.[LABELS.instance] ?? '')),
  );
}

/** @throws E_STOP_FAILED for a volume that a container still uses. */
export async function removeVolumes(engine: Engine, volumes: readonly ListedVolume[]): Promise<void> {
  if (volumes.length === 0) return;
  const docker = await engine.docker();
  for (const { Name } of volumes) {
    try {
      await docker.getVolume(Name).remove();
    } catch (error) {
      if (statusCode(error) === 404) continue;
      throw new StackctlError('E_STOP_FAILED', `cannot remove the volume ${Name}: ${engineMessage(error)}`, {
        hint: `See who uses it with \`docker ps -a --filter volume=${Name}\`, and run the command again.`,
        details: { volume: Name },
        cause: error,
      });
    }
  }
}
