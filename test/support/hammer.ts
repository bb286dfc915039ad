import { setTimeout as delay } from 'node:timers/promises';
import { connectTo, type Endpoint } from './redis-side.ts';

export interface AckedWrite {
  readonly key: string;
  /** `performance.now()` when the acknowledgement arrived. */
  readonly at: number;
}

export interface Hammer extends AsyncDisposable {
  readonly acked: readonly AckedWrite[];
  /** Error text -> how often. */
  readonly refused: ReadonlyMap<string, number>;
  stop(): Promise<void>;
}

/**
 * A client that knows one server only and never gives up: writes a new key as soon as the last write was answered,
 * connects again at once when the connection breaks. What a Sentinel-aware client would never do, and old ones do.
 */
export function hammer(endpoint: Endpoint, prefix: string): Hammer {
  const acked: AckedWrite[] = [];
  const refused = new Map<string, number>();
  const running = { yes: true };
  let number = 0;
  const loop = async (): Promise<void> => {
    while (running.yes) {
      const redis = connectTo(endpoint);
      try {
        await redis.connect();
        while (running.yes) {
          const key = `${prefix}:${number++}`;
          await redis.set(key, key).then(
            () => acked.push({ key, at: performance.now() }),
            (error: Error) => {
              const what = error.message.slice(0, 40);
              refused.set(what, (refused.get(what) ?? 0) + 1);
              if (redis.status !== 'ready') throw error;
            },
          );
          await delay(1);
        }
      } catch {
        await delay(2); // nobody listens: try again
      } finally {
        redis.disconnect();
      }
    }
  };
  const ended = loop();
  const stop = async (): Promise<void> => {
    running.yes = false;
    await ended;
  };
  return { acked, refused, stop, [Symbol.asyncDispose]: stop };
}
