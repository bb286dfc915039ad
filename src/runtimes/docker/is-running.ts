import type { RuntimeInput } from '../../stack/runtime.ts';
import { findEngine } from './find-engine.ts';
import { whileEngineAnswers } from './guard.ts';
import { listContainers } from './project-objects.ts';

/** Whether a container of the project runs, wherever it was started. @throws E_ENGINE_MISSING */
export async function isRunning({ projectId, env }: RuntimeInput): Promise<boolean> {
  const engine = await findEngine(env);
  try {
    const containers = await whileEngineAnswers(engine, () => listContainers(engine, projectId));
    return containers.some(({ State }) => State === 'running' || State === 'paused' || State === 'restarting');
  } finally {
    engine.close();
  }
}
