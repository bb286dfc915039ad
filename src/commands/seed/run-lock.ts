/** What says that a run still sends: a lock of its own beside the project's, which a run does not take. */
import { join } from 'node:path';
import { StackctlError } from '../../errors.ts';
import { takeLock } from '../../lib/lock.ts';
import type { ProjectPaths } from '../../stack/contract/paths.ts';

/**
 * Holds it while `use` works.
 * @throws E_LOCKED while the run sends, or is cleaned, elsewhere.
 */
export async function underRunLock<T>(
  { root }: Pick<ProjectPaths, 'root'>,
  runId: string,
  command: string,
  use: () => Promise<T>,
): Promise<T> {
  const release = await takeLock(join(root, `run-${runId}.lock`), command).catch((error: unknown) => {
    if (!(error instanceof StackctlError) || error.code !== 'E_LOCKED') throw error;
    const { holder } = (error.details ?? {}) as {
      readonly holder?: { readonly pid: number; readonly command: string };
    };
    const who = holder === undefined ? '' : `: "${holder.command}" (pid ${holder.pid})`;
    throw new StackctlError('E_LOCKED', `run ${runId} has not ended${who}`, {
      hint: 'Nothing was deleted. Wait until it has read everything back, or stop it with Ctrl-C.',
      details: { run: runId, holder },
    });
  });
  try {
    return await use();
  } finally {
    await release();
  }
}
