import { withRedis } from '../../../clients/redis/connect.ts';
import type { FailoverInput } from '../../../stack/contract/scenario.ts';
import { ASK_TIMEOUT_MS } from '../ask.ts';
import { members, memberTarget } from '../group.ts';

/** A master looks at the lag of its replicas once a second, and compares whole seconds: two steps, and a little for the clocks. */
const LAG_STEP_MS = 2200;

/** What a server's settings say of how much can be lost. */
export interface LossSettings {
  /** How long a master without its replicas goes on taking writes at most; undefined: for good. */
  readonly boundMs: number | undefined;
}

/** @param name of the server; undefined: any. @throws what the connection throws. */
export async function lossSettings(input: FailoverInput, name: string | undefined): Promise<LossSettings> {
  const server = members(input).find((one) => name === undefined || one.name === name);
  if (server === undefined) return { boundMs: undefined };
  return withRedis(memberTarget(input, server, ASK_TIMEOUT_MS), async (client) => {
    const setting = async (key: string): Promise<number> => {
      const [, value] = (await client.config('GET', key)) as readonly string[];
      return Number(value);
    };
    const [replicas, lagS] = [await setting('min-replicas-to-write'), await setting('min-replicas-max-lag')];
    return { boundMs: replicas > 0 && lagS > 0 ? boundFor(lagS) : undefined };
  });
}

/** With min-replicas-max-lag of so many seconds. */
export function boundFor(lagS: number): number {
  return lagS * 1000 + LAG_STEP_MS;
}
