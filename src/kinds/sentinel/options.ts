import * as z from 'zod';
import { Secret } from '../../lib/secret.ts';
import { secretOption } from '../../stack/values/secret-option.ts';
import { PRODUCTS, type Product } from '../_shared/redis/products.ts';

/** The largest C int; as milliseconds that is 24 days. */
const MAX_INT = 2_147_483_647;
const positive = z.number().int().min(1).max(MAX_INT);

/**
 * `fast` finds a dead master down after half a second. With Sentinel's own periods that is not safe (`SAFE_DOWN_AFTER_MS`): a new
 * master is asked too late to be heard in time. So they are lowered with it, by `SENTINEL DEBUG`, which Redis has since 7.0.
 */
export const FAST = {
  downAfterMs: 500,
  /** `SENTINEL DEBUG` name -> milliseconds. Their own values are 1000, 1000 and 2000. */
  periods: { 'ping-period': 100, 'ask-period': 100, 'publish-period': 200 },
} as const;

/** `options:` of a sentinel service. Defaults are those of the guide. */
export const sentinelOptions = z
  .strictObject({
    masterName: z
      .string()
      .regex(/^[A-Za-z0-9._-]+$/, 'may hold letters, digits, dot, underscore and dash')
      .default('mymaster')
      .describe('Clients ask for the master by this name'),
    password: secretOption()
      .default(() => new Secret(''))
      .describe('Password of the Sentinels themselves (`requirepass`); empty: none'),
    server: z
      .enum(['redis', 'valkey'])
      .default('redis')
      .describe('Whose program runs the Sentinels; the default image follows from it'),
    quorum: positive.default(2).describe('Sentinels that must agree that the master is down'),
    downAfterMs: positive
      .default(5000)
      .describe(
        `Silence of the master after which a Sentinel holds it for down; with \`fast\` at most ${FAST.downAfterMs}`,
      ),
    detection: z
      .enum(['normal', 'fast'])
      .default('normal')
      .describe('`fast`: the Sentinels also ask ten times as often (Redis 7.0, Valkey)'),
    failoverTimeoutMs: positive.default(30_000).describe('How long one failover may take before another one is begun'),
    parallelSyncs: positive.default(1).describe('Replicas that are synchronised with a new master at the same time'),
  })
  .transform(({ downAfterMs, ...options }) => ({
    ...options,
    downAfterMs: options.detection === 'fast' ? Math.min(downAfterMs, FAST.downAfterMs) : downAfterMs,
  }));

export type SentinelOptions = z.output<typeof sentinelOptions>;

export function productOf({ options }: { readonly options: SentinelOptions }): Product {
  return PRODUCTS[options.server];
}
