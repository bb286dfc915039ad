import type { Engine } from '../engine/engine.ts';
import { statusCode } from '../engine/guard.ts';
import type { ContainerProcesses } from '../engine/objects.ts';
import { findInstance } from './find-instance.ts';

interface Asked {
  readonly engine: Engine;
  readonly projectId: string;
  readonly instance: string;
}

/**
 * A process of the container that a signal has stopped, by its number on the machine of the Engine. The Engine asks `ps` there;
 * undefined too where that is not possible.
 */
export async function frozen({ engine, projectId, instance }: Asked): Promise<string | undefined> {
  const { Id } = await findInstance(engine, projectId, instance);
  try {
    return frozenIn(await engine.reader.processesOf(Id));
  } catch (error) {
    // 409: it ended meanwhile. 500: there is no `ps`, or another one.
    if (statusCode(error) !== undefined) return undefined;
    throw error;
  }
}

/** In the rows of `ps -eo pid,stat,comm`. Pure. */
export function frozenIn({ Processes }: ContainerProcesses): string | undefined {
  const stopped = (Processes ?? []).find(([, state]) => state?.startsWith('T') === true);
  return stopped === undefined ? undefined : `pid ${stopped[0]} (${stopped[2]})`;
}
