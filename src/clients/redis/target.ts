import type { Secret } from '../../lib/secret.ts';
import type { Address } from '../../stack/contract/model.ts';

/** How a server is reached. */
export interface RedisTarget {
  readonly address: Address;
  readonly password: Secret | undefined;
  /** Deadline of the connection and of each command, in milliseconds. */
  readonly timeoutMs: number;
}
