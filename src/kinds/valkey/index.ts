import { redisKind } from '../_shared/redis/kind.ts';
import { VALKEY } from '../_shared/redis/products.ts';

/** A Valkey server, alone or as one of a master and its replicas. */
export const kind = redisKind(VALKEY);
