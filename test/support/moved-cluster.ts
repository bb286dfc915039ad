/** Moves the master of a cluster of test/support/sentinel-cluster.ts, with a writer beside it, and asks what is there then. */
import { withRedis } from '../../src/clients/redis/connect.ts';
import { type MasterView, masterView } from '../../src/clients/redis/sentinel.ts';
import type { Director } from '../../src/failover/director.ts';
import { type HandOverReport, handOver } from '../../src/failover/hand-over.ts';
import { arbiter } from '../../src/kinds/sentinel/arbiter.ts';
import { failover } from '../../src/kinds/sentinel/failover/index.ts';
import { groupName, members, memberTarget, sentinelTarget } from '../../src/kinds/sentinel/group.ts';
import type { ProgressEvent } from '../../src/lib/events.ts';
import type { ArbiterCapability, HandOverWish } from '../../src/stack/contract/arbiter.ts';
import type { Instance } from '../../src/stack/contract/model.ts';
import type { SentinelCluster } from './sentinel-cluster.ts';

export interface MovedCluster {
  /** As `stackctl failover`, measured. */
  move(wish?: HandOverWish): Promise<HandOverReport>;
  /** Of the last move. */
  warnings(): readonly string[];
  steady(without?: readonly string[]): ReturnType<typeof failover.steady>;
  /** Of the Sentinels that answer. */
  views(): Promise<readonly MasterView[]>;
  server(name: string): Instance;
  /** Every server but this one. */
  others(name: string): readonly Instance[];
  on<T>(instance: Instance, use: Parameters<typeof withRedis<T>>[1]): Promise<T>;
}

const LIMIT_MS = 60_000;

export function movedCluster({ target }: Pick<SentinelCluster, 'target'>): MovedCluster {
  let events: ProgressEvent[] = [];
  const found = (name: string): Instance => {
    const one = members(target).find((instance) => instance.name === name);
    if (one === undefined) throw new Error(`no ${name}`);
    return one;
  };
  return {
    move: (wish = {}) => {
      events = [];
      const { stack, service } = target;
      const director: Director = { service, arbiter: arbiter as ArbiterCapability, failover };
      const input = { stack, wish, measure: true, clock: performance, date: () => new Date(), random: Math.random };
      const effects = { emit: (event: ProgressEvent) => events.push(event), signal: new AbortController().signal };
      return handOver({ ...input, ...effects, limitMs: LIMIT_MS }, director);
    },
    warnings: () => events.flatMap((event) => (event.type === 'warning' ? [event.text] : [])),
    steady: (without = []) => failover.steady(target, AbortSignal.timeout(LIMIT_MS), { without }),
    views: async () => {
      const answers = await Promise.allSettled(
        target.service.instances.map((sentinel) =>
          withRedis(sentinelTarget(target, sentinel, 1000), (client) => masterView(client, groupName(target))),
        ),
      );
      return answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
    },
    server: found,
    others: (name) => members(target).filter((instance) => instance.name !== name),
    on: (instance, use) => withRedis(memberTarget(target, instance, 1000), use),
  };
}
