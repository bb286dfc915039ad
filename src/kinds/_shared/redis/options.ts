import * as z from 'zod';
import { parseMemorySize } from '../../../lib/memory-size.ts';
import { Secret } from '../../../lib/secret.ts';
import { secretOption } from '../../../stack/values/secret-option.ts';

/** The servers keep these numbers in a C int. */
const MAX_INT = 2_147_483_647;
const count = z.number().int().min(0).max(MAX_INT);

/** Both numbers are C ints for the server, and it refuses less than one second. */
function isSavePoints(text: string): boolean {
  if (!/^(\d+ \d+( \d+ \d+)*)?$/.test(text)) return false;
  const numbers = text === '' ? [] : text.split(' ').map(Number);
  return numbers.every((number, index) => number <= MAX_INT && (index % 2 === 1 || number >= 1));
}

/** `options:` of a redis service. Every key is a directive of redis.conf; the defaults are those of the guides. */
export const redisOptions = z.strictObject({
  /** requirepass and masterauth; empty means no password. */
  password: secretOption().default(() => new Secret('')),
  /** Pairs of seconds and changes, e.g. `900 1 300 10`; empty turns snapshots off. */
  save: z
    .string()
    .refine(isSavePoints, 'must be pairs of seconds (at least 1) and changes, e.g. "900 1 300 10", or empty')
    .default('900 1 300 10 60 10000'),
  appendOnly: z.boolean().default(true),
  appendFsync: z.enum(['always', 'everysec', 'no']).default('everysec'),
  maxmemory: z
    .string()
    .refine((text) => parseMemorySize(text) !== undefined, 'must be a size such as 512mb, 1gb or 1048576')
    .default('0b'),
  maxmemoryPolicy: z
    .enum([
      'noeviction',
      'allkeys-lru',
      'allkeys-lfu',
      'allkeys-random',
      'volatile-lru',
      'volatile-lfu',
      'volatile-random',
      'volatile-ttl',
    ])
    .default('noeviction'),
  tcpBacklog: count.min(1).default(511),
  timeoutS: count.default(0),
  tcpKeepaliveS: count.default(300),
  minReplicasToWrite: count.default(0),
  minReplicasMaxLagS: count.default(10),
  replicaPriority: count.default(100),
  replDisklessSyncDelayS: count.default(0),
  /** A replica further behind than this is not ready, in bytes of the replication stream. */
  readyLagBytes: count.default(1024 * 1024),
});

export type RedisOptions = z.output<typeof redisOptions>;
