import { failureText } from '../../clients/redis/failure.ts';
import { type RedisQuestions, withQuestions } from '../../clients/redis/questions.ts';
import {
  isTilted,
  type MemberView,
  masterView,
  memberViews,
  periodsOf,
  quorumProblem,
} from '../../clients/redis/sentinel.ts';
import type { InstanceInput } from '../../stack/contract/model.ts';
import { formatAddress, type Instance } from '../../stack/contract/model.ts';
import type { Probe } from '../../stack/contract/probe.ts';
import { passwordOrNone } from '../_shared/redis/config-text.ts';
import { isReachable, memberReasons, obstaclesOf, staleReasons } from './member-reasons.ts';
import { monitoredService } from './monitored.ts';
import { FAST, type SentinelOptions } from './options.ts';
import { tiltedReason, tooFewReached } from './promotion.ts';

const PROBE_TIMEOUT_MS = 1000;

/** Facts of one Sentinel, as `status --json` prints them. */
export interface SentinelFacts {
  /** Peer address of the master in its view, `host:port`. */
  readonly masterAddress: string;
  readonly epoch: number;
  readonly quorum: number;
  readonly flags: readonly string[];
  /** Replicas and other Sentinels that it knows and reaches. */
  readonly replicas: number;
  readonly otherSentinels: number;
  /** Sentinels that it counts, itself included: a failover needs the majority of them. */
  readonly knownSentinels: number;
  /** In force here; `SENTINEL SET` changes them. */
  readonly downAfterMs: number;
  readonly failoverTimeoutMs: number;
  readonly quorumOk: boolean;
  /** In TILT mode it acts on nothing. */
  readonly tilt: boolean;
  /** Of `detection: fast`: whether it asks as often as that takes. */
  readonly asksOften?: boolean;
  /** Replica -> why this Sentinel would not promote it, without its priority; absent when it would promote all. */
  readonly notPromotable?: Readonly<Record<string, string>>;
}

export async function probe(input: InstanceInput<SentinelOptions>): Promise<Probe> {
  const target = {
    address: input.instance.client,
    password: passwordOrNone(input.service.options.password),
    timeoutMs: PROBE_TIMEOUT_MS,
  };
  try {
    return await withQuestions(target, (client) => readFacts(client, input));
  } catch (error) {
    return { role: undefined, reasons: [`no answer: ${failureText(error, PROBE_TIMEOUT_MS)}`], facts: {} };
  }
}

async function readFacts(client: RedisQuestions, input: InstanceInput<SentinelOptions>): Promise<Probe> {
  const group = input.service.options.masterName;
  const by = input.instance.name;
  const isFast = input.service.options.detection === 'fast';
  const [master, replicas, sentinels, problem, tilt, periods] = await Promise.all([
    masterView(client, group),
    memberViews(client, 'REPLICAS', group),
    memberViews(client, 'SENTINELS', group),
    quorumProblem(client, group),
    isTilted(client),
    isFast ? periodsOf(client) : undefined,
  ]);
  const slow = periods === undefined ? [] : slowPeriods(periods);
  const wanted = others(monitoredService(input).instances, master.address);
  const otherSentinels = others(input.service.instances, formatAddress(input.instance.peer));
  const obstacles = obstaclesOf(replicas, wanted);
  const reachable = (members: readonly MemberView[]): number => members.filter(isReachable).length;
  const facts: SentinelFacts = {
    masterAddress: master.address,
    epoch: master.epoch,
    quorum: master.quorum,
    flags: master.flags,
    replicas: reachable(replicas),
    otherSentinels: reachable(sentinels),
    knownSentinels: sentinels.length + 1,
    downAfterMs: master.downAfterMs,
    failoverTimeoutMs: master.failoverTimeoutMs,
    quorumOk: problem === undefined,
    tilt,
    ...(isFast && { asksOften: slow.length === 0 }),
    ...(obstacles.size === 0 ? {} : { notPromotable: Object.fromEntries(obstacles) }),
  };
  const reasons = [
    ...(master.flags.length === 1 ? [] : [`sees the master ${master.address} as ${master.flags.slice(1).join(', ')}`]),
    ...(tilt ? [tiltedReason(by)] : []),
    ...(slow.length === 0
      ? []
      : [`detection is fast, and ${slow.join(', ')}: \`stackctl restart ${by}\` if that stays`]),
    ...memberReasons({ word: 'replica', seen: replicas, wanted, by }),
    ...staleReasons(replicas, wanted),
    ...memberReasons({ word: 'Sentinel', seen: sentinels, wanted: otherSentinels, by }),
    ...(problem === undefined ? [] : [tooFewReached({ ...facts, by, problem })]),
  ];
  return { role: 'sentinel', reasons, facts: { ...facts } };
}

/** In words, what this Sentinel does less often than `detection: fast` needs. */
function slowPeriods(periods: ReadonlyMap<string, number>): readonly string[] {
  return Object.entries(FAST.periods).flatMap(([name, wanted]) => {
    const own = periods.get(name);
    return own !== undefined && own <= wanted ? [] : [`${name} is ${own ?? 'not known'} and not ${wanted}`];
  });
}

function others(instances: readonly Instance[], address: string): readonly Instance[] {
  return instances.filter(({ peer }) => formatAddress(peer) !== address);
}
