import type { RuntimeInput } from '../../stack/contract/runtime.ts';
import { listContainers } from './containers/project-objects.ts';
import { findEngine } from './engine/find-engine.ts';
import { whileEngineAnswers } from './engine/guard.ts';

/** Whether a container of the project runs, from whatever folder it was started. @throws E_ENGINE_MISSING */
export async function isRunning({ projectId, env }: RuntimeInput): Promise<boolean> {
  const engine = await findEngine(env);
  try {
    const containers = await whileEngineAnswers(engine, () => listContainers(engine, projectId));
    return containers.some(({ State }) => State === 'running' || State === 'paused' || State === 'restarting');
  } finally {
    engine.close();
  }
}
