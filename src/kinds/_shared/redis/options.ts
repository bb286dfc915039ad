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
  password: secretOption()
    .default(() => new Secret(''))
    .describe('Password of the server (`requirepass`, `masterauth`); empty: none'),
  save: z
    .string()
    .refine(isSavePoints, 'must be pairs of seconds (at least 1) and changes, e.g. "900 1 300 10", or empty')
    .default('900 1 300 10 60 10000')
    .describe('When snapshots are written: pairs of seconds and changes, e.g. `900 1 300 10`; empty: never'),
  appendOnly: z.boolean().default(true).describe('Whether writes are kept in an append-only file'),
  appendFsync: z
    .enum(['always', 'everysec', 'no'])
    .default('everysec')
    .describe('When the append-only file reaches the disk'),
  maxmemory: z
    .string()
    .refine((text) => parseMemorySize(text) !== undefined, 'must be a size such as 512mb, 1gb or 1048576')
    .default('0b')
    .describe('Most memory for data, e.g. `512mb`; `0b`: no limit'),
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
    .default('noeviction')
    .describe('What is evicted at that limit'),
  tcpBacklog: count.min(1).default(511).describe('Connections that may wait to be accepted'),
  timeoutS: count.default(0).describe('Seconds after which an idle client is disconnected; 0: never'),
  tcpKeepaliveS: count.default(300).describe('Seconds between keep-alive packets'),
  minReplicasToWrite: count
    .default(0)
    .describe('Replicas that must be connected for the master to take writes; 0: it always does'),
  minReplicasMaxLagS: count.default(10).describe('Seconds after which a silent replica no longer counts as connected'),
  replicaPriority: count.default(100).describe('The lower, the sooner it is promoted; 0: never'),
  replDisklessSyncDelayS: count.default(0).describe('Seconds that a full synchronisation waits for further replicas'),
  readyLagBytes: count
    .default(1024 * 1024)
    .describe('A replica further behind than this is not ready, in bytes of the replication stream'),
});

export type RedisOptions = z.output<typeof redisOptions>;
