import { redisKind } from '../_shared/redis/kind.ts';
import { REDIS } from '../_shared/redis/products.ts';

/** A Redis server, alone or as one of a master and its replicas. */
export const kind = redisKind(REDIS);
