import * as z from 'zod';
import { Secret } from '../../lib/secret.ts';

const count = z.number().int().min(0);

/** `options:` of a redis service. Every key is a directive of redis.conf; the defaults are those of the guides. */
export const redisOptions = z.strictObject({
  /** requirepass and masterauth; empty means none. */
  password: z.instanceof(Secret).default(() => new Secret('')),
  /** Pairs of seconds and changes, e.g. `900 1 300 10`; empty turns snapshots off. */
  save: z
    .string()
    .regex(/^(\d+ \d+( \d+ \d+)*)?$/, 'must be pairs of seconds and changes, e.g. "900 1 300 10", or empty')
    .default('900 1 300 10 60 10000'),
  appendOnly: z.boolean().default(true),
  appendFsync: z.enum(['always', 'everysec', 'no']).default('everysec'),
  maxmemory: z.string().default('0b'),
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
  tcpBacklog: z.number().int().min(1).default(511),
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
