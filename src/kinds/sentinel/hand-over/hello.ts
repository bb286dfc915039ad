import { type MasterView, masterView } from '../../../clients/redis/sentinel.ts';
import { poll } from '../../../lib/poll.ts';
import { type Address, formatAddress } from '../../../stack/contract/model.ts';
import type { Link } from './links.ts';

/** A Sentinel that another one knows, as that one knows it. */
export interface KnownSentinel {
  readonly host: string;
  readonly port: string;
  /** Its ID, 40 hexadecimal digits. */
  readonly runId: string;
}

/**
 * How far the new configuration epoch lies beyond the newest one. Elections count by one, so one that begins in the
 * same moment cannot take the same number: two masters of one epoch would stay two.
 */
const EPOCH_STEP = 10;

/** The epoch of the configuration that follows these. */
export function nextEpoch(views: readonly Pick<MasterView, 'epoch'>[]): number {
  return Math.max(0, ...views.map(({ epoch }) => epoch)) + EPOCH_STEP;
}

export interface NewMaster {
  /** What the Sentinels call the group. */
  readonly group: string;
  /** Of the new master, as the Sentinels know it. */
  readonly address: Address;
  readonly epoch: number;
}

/**
 * Tells a Sentinel who the master is, as a Sentinel that has won an election tells the others: by a message on
 * `__sentinel__:hello`, which a Sentinel also takes as a command. A configuration with a higher epoch replaces its own
 * (`sentinelProcessHelloMessage` in sentinel.c): it changes the address and keeps its settings, passwords, replicas and
 * other Sentinels. It hands the same on to the others, so that one that was missed follows by itself.
 * @param teller the Sentinel in whose name it is said: one that the other knows, or it would count as a new one.
 * @throws when the Sentinel does not name this master afterwards; the reason of `signal`.
 */
export async function tell(
  { client }: Link,
  teller: KnownSentinel,
  news: NewMaster,
  signal: AbortSignal,
): Promise<void> {
  const { group, address, epoch } = news;
  // Asked along with it: a Sentinel answers the message when it has taken it.
  const taken = client.publish(HELLO, hello(teller, news, epoch));
  await poll(
    async () => {
      const [view] = await Promise.all([masterView(client, group), taken]);
      return view.epoch >= epoch && view.address === formatAddress(address) ? true : undefined;
    },
    { everyMs: 5, signal },
  );
}

/**
 * Lets a Sentinel know the epoch of what it is going to be told. It saves each new epoch at once, which takes its disk some
 * milliseconds: here nobody waits for that. Changes no configuration.
 * @param news with the master that it has.
 */
export async function announce({ client }: Link, teller: KnownSentinel, news: NewMaster): Promise<void> {
  await client.publish(HELLO, hello(teller, news, NO_NEWS));
}

const HELLO = '__sentinel__:hello';

/** Older than every configuration. */
const NO_NEWS = 0;

function hello({ host, port, runId }: KnownSentinel, { group, address, epoch }: NewMaster, ofMaster: number): string {
  return [host, port, runId, epoch, group, address.host, address.port, ofMaster].join(',');
}
