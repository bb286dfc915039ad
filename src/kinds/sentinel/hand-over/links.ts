import type { Redis } from 'ioredis';
import { connectRedis, disconnect, withRedis } from '../../../clients/redis/connect.ts';
import { failureText } from '../../../clients/redis/failure.ts';
import type { Instance, ServiceInput } from '../../../stack/contract/model.ts';
import { members, memberTarget, sentinelTarget } from '../group.ts';
import type { SentinelOptions } from '../options.ts';
import { named } from './link-error.ts';

/** Deadline of each connection and command, in milliseconds. */
const TIMEOUT_MS = 1000;

/** An instance, with a connection that is open. */
export interface Link {
  readonly instance: Instance;
  readonly client: Redis;
}

export interface Unreachable {
  readonly instance: Instance;
  /** In words. */
  readonly problem: string;
}

/**
 * A connection to every Sentinel and every server of the group. They are opened before anything is done: once writes are
 * paused, each millisecond counts.
 */
export interface Links {
  readonly sentinels: readonly Link[];
  readonly members: readonly Link[];
  readonly unreachable: readonly Unreachable[];
  close(): void;
}

/** Never rejects: what does not answer is in `unreachable`. */
export async function openLinks(input: ServiceInput): Promise<Links> {
  const unreachable: Unreachable[] = [];
  const open = async (instance: Instance, target: typeof sentinelTarget): Promise<readonly Link[]> => {
    try {
      const client = await connectRedis(target(input, instance, TIMEOUT_MS));
      // A frozen process accepts connections too: only an answer shows that there is a server.
      await client.ping().catch((error: unknown) => {
        disconnect(client);
        throw error;
      });
      return [{ instance, client }];
    } catch (error) {
      unreachable.push({ instance, problem: failureText(error, TIMEOUT_MS) });
      return [];
    }
  };
  const [sentinels, servers] = await Promise.all([
    Promise.all(input.service.instances.map((instance) => open(instance, sentinelTarget))),
    Promise.all(members(input).map((instance) => open(instance, memberTarget))),
  ]);
  const links = { sentinels: sentinels.flat(), members: servers.flat(), unreachable };
  return {
    ...links,
    close: () => {
      for (const { client } of [...links.sentinels, ...links.members]) disconnect(client);
    },
  };
}

/** With a connection of its own to a server of the group. @throws LinkError. */
export function onServer<T>(
  input: ServiceInput<SentinelOptions>,
  instance: Instance,
  use: (client: Redis) => Promise<T>,
): Promise<T> {
  return named(instance, withRedis(memberTarget(input, instance, TIMEOUT_MS), use));
}
