import { StackctlError } from '../../../errors.ts';
import { deadline, isTimeout } from '../../../lib/poll.ts';
import type { DataItem } from '../../../stack/contract/runtime.ts';
import { LABELS } from '../../../stack/derived/labels.ts';
import { listVolumes } from '../containers/project-objects.ts';
import type { Engine } from '../engine/engine.ts';
import { engineMessage, statusCode } from '../engine/guard.ts';
import { onceReleased } from '../engine/once-released.ts';

/** The Engine walks over every volume of the machine to measure one. */
const MEASURE_MS = 3000;

/** The project's named volumes. Sizes where they are asked for and the Engine measures them in time. */
export async function projectData(
  engine: Engine,
  projectId: string,
  { measured }: { readonly measured: boolean } = { measured: true },
): Promise<readonly DataItem[]> {
  const volumes = await listVolumes(engine, projectId);
  if (volumes.length === 0) return [];
  const sizes = measured ? await volumeSizes(engine) : new Map<string, number>();
  return volumes.map(({ Name, Labels }) => ({
    name: Name,
    instance: Labels?.[LABELS.instance] ?? '',
    usedBytes: sizes.get(Name),
  }));
}

async function volumeSizes(engine: Engine): Promise<ReadonlyMap<string, number>> {
  try {
    const usage = await engine.reader.volumeUsage(deadline(MEASURE_MS));
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

/** Deletes the named volumes of these instances. @throws E_STOP_FAILED for a volume that a container still uses. */
export async function removeInstanceData(
  engine: Engine,
  projectId: string,
  instances: readonly string[],
): Promise<void> {
  const volumes = await listVolumes(engine, projectId);
  const own = volumes.filter(({ Labels }) => instances.includes(Labels?.[LABELS.instance] ?? ''));
  await removeVolumes(
    engine,
    own.map(({ Name }) => Name),
  );
}

/** Deletes volumes at the same time. @throws E_STOP_FAILED for a volume that a container still uses. */
export async function removeVolumes(engine: Engine, names: readonly string[]): Promise<void> {
  await Promise.all(names.map((name) => removeVolume(engine, name)));
}

async function removeVolume(engine: Engine, name: string): Promise<void> {
  try {
    const volume = (await engine.docker()).getVolume(name);
    await onceReleased(() => volume.remove());
  } catch (error) {
    if (statusCode(error) === 404) return;
    throw new StackctlError('E_STOP_FAILED', `cannot remove the volume ${name}: ${engineMessage(error)}`, {
      hint: `See who uses it with \`docker ps -a --filter volume=${name}\`, and run the command again.`,
      details: { volume: name },
      cause: error,
    });
  }
}
