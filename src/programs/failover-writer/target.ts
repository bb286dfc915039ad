import type { RedisTarget } from '../../clients/redis/target.ts';
import { Secret } from '../../lib/secret.ts';
import type { Reachable } from './protocol/plan.ts';

export function targetOf({ host, port }: Reachable, password: string | undefined, timeoutMs: number): RedisTarget {
  return { address: { host, port }, password: password === undefined ? undefined : new Secret(password), timeoutMs };
}
