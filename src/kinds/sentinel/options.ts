import * as z from 'zod';
import { Secret } from '../../lib/secret.ts';
import { secretOption } from '../../stack/values/secret-option.ts';
import { PRODUCTS, type Product } from '../_shared/redis/products.ts';

/** The largest C int; as milliseconds that is 24 days. */
const MAX_INT = 2_147_483_647;
const positive = z.number().int().min(1).max(MAX_INT);

/** `options:` of a sentinel service. Defaults are those of the guide. */
export const sentinelOptions = z.strictObject({
  /** Clients ask for the master by this name. */
  masterName: z
    .string()
    .regex(/^[A-Za-z0-9._-]+$/, 'may hold letters, digits, dot, underscore and dash')
    .default('mymaster'),
  /** requirepass of the Sentinels themselves; empty means no password. */
  password: secretOption().default(() => new Secret('')),
  /** Whose program runs the Sentinels; the default image follows from it. */
  server: z.enum(['redis', 'valkey']).default('redis'),
  quorum: positive.default(2),
  downAfterMs: positive.default(5000),
  failoverTimeoutMs: positive.default(30_000),
  parallelSyncs: positive.default(1),
});

export type SentinelOptions = z.output<typeof sentinelOptions>;

export function productOf({ options }: { readonly options: SentinelOptions }): Product {
  return PRODUCTS[options.server];
}
