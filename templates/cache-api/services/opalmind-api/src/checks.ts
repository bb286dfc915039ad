import type { ReadinessCheck } from 'stackctl/service-kit';
import type { Matomo } from './matomo.ts';
import type { RedisLink } from './redis-link.ts';
import { createWaitBudget } from './wait-budget.ts';

/** An answer of Matomo counts for so many milliseconds, so that frequent checks do not become its heaviest user. */
const MATOMO_ANSWER_MS = 2000;

/** What the API depends on. Without Redis it serves, with less; without Matomo it has nothing to serve. */
export function checksOf(link: RedisLink | undefined, matomo: Matomo): readonly ReadinessCheck[] {
  return [...(link === undefined ? [] : [redisCheck(link)]), matomoCheck(matomo)];
}

function redisCheck(link: RedisLink): ReadinessCheck {
  return {
    name: 'redis-connection',
    essential: false,
    check: async () => {
      await link.run(createWaitBudget(), (redis) => redis.ping());
      return undefined;
    },
  };
}

function matomoCheck(matomo: Matomo): ReadinessCheck {
  let known: { readonly version: string; readonly at: number } | undefined;
  let asked: Promise<string> | undefined;
  return {
    name: 'matomo-connection',
    check: async () => {
      if (known === undefined || performance.now() - known.at > MATOMO_ANSWER_MS) {
        asked ??= matomo.version().finally(() => {
          asked = undefined;
        });
        known = { version: await asked, at: performance.now() };
      }
      return `Matomo ${known.version}`;
    },
  };
}
