import type { Advice, Refusal } from '../../stack/contract/kind.ts';
import type { ServiceInput } from '../../stack/contract/model.ts';
import { FAST, type SentinelOptions } from './options.ts';

/**
 * Below this a Sentinel can take a healthy new master for down: after a switch it reconnects at most once a second
 * (ping period), and votes of the failover before still count.
 */
export const SAFE_DOWN_AFTER_MS = 1500;

/** Above this a failed first attempt costs minutes: the next one waits for twice the failover timeout. */
const LONG_FAILOVER_TIMEOUT_MS = 60_000;

/** A quorum that no vote can reach: the master could never be found down. */
export function refuse({ quorum }: SentinelOptions, count: number): readonly Refusal[] {
  if (quorum <= count) return [];
  const text = `must be at most ${count}, the number of Sentinels: more could never agree, so no failover could ever happen`;
  return [{ option: 'quorum', text }];
}

/** Settings that are legal and known to hurt, each with what was measured on Redis 7.0. */
export function advise({ service }: ServiceInput<SentinelOptions>): readonly Advice[] {
  const { name, options, instances } = service;
  const majority = Math.floor(instances.length / 2) + 1;
  const texts = [
    options.detection === 'fast' &&
      options.downAfterMs < FAST.downAfterMs &&
      `${name}: downAfterMs ${options.downAfterMs} with detection: fast: what was measured is ${FAST.downAfterMs} (no cascade in 50 kills); the Sentinels ask every ${FAST.periods['ping-period']} ms`,
    options.detection === 'normal' &&
      options.downAfterMs < SAFE_DOWN_AFTER_MS &&
      `${name}: downAfterMs ${options.downAfterMs} is below ${SAFE_DOWN_AFTER_MS}: a Sentinel can take the new master for down right after a failover and fail over again. Measured cascades: 8 of 8 kills at 300 ms (7 lost writes), 4 of 54 at 1000 ms, none at 2000 ms; detection: fast is for that`,
    instances.length % 2 === 0 &&
      `${name}: ${instances.length} Sentinels survive the loss of ${instances.length - majority}, no more than ${instances.length - 1} would: use an odd number`,
    instances.length < 3 &&
      `${name}: with ${instances.length} Sentinels the loss of one leaves no majority, and without a majority there is no failover: use 3`,
    options.quorum === 1 &&
      instances.length > 1 &&
      `${name}: quorum 1 of ${instances.length} Sentinels: one that alone does not reach the master is enough to begin a failover of a master that is well; ${majority} is the majority`,
    options.quorum > majority &&
      options.quorum <= instances.length &&
      `${name}: quorum ${options.quorum} is above the majority of ${majority}: ${instances.length - options.quorum + 1} Sentinels down are enough to rule out a failover`,
    options.failoverTimeoutMs > LONG_FAILOVER_TIMEOUT_MS &&
      `${name}: failoverTimeoutMs ${options.failoverTimeoutMs}: when the first attempt fails, the next one waits twice as long (about 6 minutes of refused writes at 180000)`,
  ];
  return texts.filter((text) => text !== false).map((text) => ({ text }));
}

export function refuseScale({ service }: ServiceInput<SentinelOptions>, count: number): readonly string[] {
  const { quorum } = service.options;
  return count < quorum ? [`quorum is ${quorum}: ${count} Sentinels could never agree that the master is down`] : [];
}
