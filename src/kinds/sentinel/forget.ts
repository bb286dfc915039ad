import { memberViews } from '../../clients/redis/sentinel.ts';
import { poll } from '../../lib/poll.ts';
import type { ServiceInput } from '../../stack/contract/model.ts';
import { formatAddress, type Instance } from '../../stack/contract/model.ts';
import { withSentinel } from './ask.ts';
import { monitoredService } from './monitored.ts';
import type { SentinelOptions } from './options.ts';

type Input = ServiceInput<SentinelOptions>;

/**
 * Makes every Sentinel drop instances that no longer run. SENTINEL RESET is the only way, and it drops all members: so
 * one Sentinel at a time, and the next one only when the first knows its members again and could fail over.
 */
export async function forget(input: Input, gone: readonly Instance[], signal: AbortSignal): Promise<void> {
  const names = new Set(gone.map(({ name }) => name));
  const addresses = new Set(gone.map(({ peer }) => formatAddress(peer)));
  const sentinels = input.service.instances.filter(({ name }) => !names.has(name));
  const replicas = monitoredService(input).instances.filter(({ name }) => !names.has(name)).length - 1;
  for (const sentinel of sentinels) {
    const known = await members(input, sentinel);
    if (known.every((address) => !addresses.has(address))) continue;
    await setInfoPeriod(input, sentinel, QUICK_INFO_MS);
    try {
      await withSentinel(input, sentinel, (client) =>
        client.call('SENTINEL', 'RESET', input.service.options.masterName),
      );
      await poll(
        async () => {
          const now = await members(input, sentinel);
          const complete = now.length === replicas + sentinels.length - 1;
          return complete && now.every((address) => !addresses.has(address)) ? true : undefined;
        },
        { everyMs: 200, signal },
      );
    } finally {
      await setInfoPeriod(input, sentinel, INFO_MS);
    }
  }
}

/** A Sentinel learns its replicas from INFO, by default every 10 s (`sentinel_info_period` in sentinel.c). */
const INFO_MS = 10_000;
const QUICK_INFO_MS = 500;

/** Not persisted by the Sentinel. Servers before 7.0 do not know the command: there a RESET takes up to 10 s. */
async function setInfoPeriod(input: Input, sentinel: Instance, ms: number): Promise<void> {
  await withSentinel(input, sentinel, async (client) => {
    try {
      await client.call('SENTINEL', 'DEBUG', 'info-period', String(ms));
    } catch (error) {
      if (!(error instanceof Error && error.name === 'ReplyError')) throw error;
    }
  });
}

/** Addresses of the replicas and other Sentinels that this one knows. */
async function members(input: Input, sentinel: Instance): Promise<readonly string[]> {
  const group = input.service.options.masterName;
  return withSentinel(input, sentinel, async (client) => [
    ...(await memberViews(client, 'REPLICAS', group)).map(({ address }) => address),
    ...(await memberViews(client, 'SENTINELS', group)).map(({ address }) => address),
  ]);
}
