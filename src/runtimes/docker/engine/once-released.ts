import { deadline, isTimeout, poll } from '../../../lib/poll.ts';
import { statusCode } from './guard.ts';

const RELEASE_MS = 5000;
const ASK_EVERY_MS = 100;

/** In use: 403 a network that still has endpoints, 409 a volume that a container still mounts. */
const IN_USE = [403, 409];

/**
 * Removes what containers used that have just ended: a busy Engine lets go of their networks and volumes a moment after
 * it has answered that they are gone.
 * @param releaseMs how long it may take, in milliseconds.
 * @throws the Engine's last refusal when something is still in use then; any other refusal at once.
 */
export async function onceReleased(remove: () => Promise<unknown>, releaseMs: number = RELEASE_MS): Promise<void> {
  let refusal: unknown;
  const attempt = async (): Promise<true | undefined> => {
    try {
      await remove();
      return true;
    } catch (error) {
      if (!IN_USE.includes(statusCode(error) ?? 0)) throw error;
      refusal = error;
      return undefined;
    }
  };
  try {
    await poll(attempt, { everyMs: ASK_EVERY_MS, signal: deadline(releaseMs) });
  } catch (error) {
    throw isTimeout(error) ? refusal : error;
  }
}
