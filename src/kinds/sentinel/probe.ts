import { failureText } from '../../clients/redis/failure.ts';
import { type RedisQuestions, withQuestions } from '../../clients/redis/questions.ts';
import { isTilted, type MemberView, masterView, memberViews, quorumProblem } from '../../clients/redis/sentinel.ts';
import type { InstanceInput } from '../../stack/contract/model.ts';
import { formatAddress, type Instance } from '../../stack/contract/model.ts';
import type { Probe } from '../../stack/contract/probe.ts';
import { passwordOrNone } from '../_shared/redis/config-text.ts';
import { monitoredService } from './monitored.ts';
import type { SentinelOptions } from './options.ts';
import { obstacleOf, TILTED } from './promotion.ts';

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
  readonly quorumOk: boolean;
  /** In TILT mode it acts on nothing. */
  readonly tilt: boolean;
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
  const [master, replicas, sentinels, problem, tilt] = await Promise.all([
    masterView(client, group),
    memberViews(client, 'REPLICAS', group),
    memberViews(client, 'SENTINELS', group),
    quorumProblem(client, group),
    isTilted(client),
  ]);
  const wanted = others(monitoredService(input).instances, master.address);
  const obstacles = obstaclesOf(replicas, wanted);
  const reachable = (members: readonly MemberView[]): number => members.filter(isReachable).length;
  const facts: SentinelFacts = {
    masterAddress: master.address,
    epoch: master.epoch,
    quorum: master.quorum,
    flags: master.flags,
    replicas: reachable(replicas),
    otherSentinels: reachable(sentinels),
    quorumOk: problem === undefined,
    tilt,
    ...(obstacles.size === 0 ? {} : { notPromotable: Object.fromEntries(obstacles) }),
  };
  const reasons = [
    ...(master.flags.length === 1 ? [] : [`sees the master ${master.address} as ${master.flags.slice(1).join(', ')}`]),
    ...(tilt ? [TILTED] : []),
    ...memberReasons('replica', replicas, wanted),
    ...staleReasons(replicas, wanted),
    ...memberReasons('Sentinel', sentinels, others(input.service.instances, formatAddress(input.instance.peer))),
    ...(problem === undefined ? [] : [problem]),
  ];
  return { role: 'sentinel', reasons, facts: { ...facts } };
}

function others(instances: readonly Instance[], address: string): readonly Instance[] {
  return instances.filter(({ peer }) => formatAddress(peer) !== address);
}

/** The Sentinel has a working connection to the member; it also lists those that it only remembers. */
function isReachable({ flags }: MemberView): boolean {
  return flags.length === 1;
}

/** By instance name; a replica that the Sentinel does not know cannot be chosen either. */
function obstaclesOf(seen: readonly MemberView[], wanted: readonly Instance[]): ReadonlyMap<string, string> {
  const byAddress = new Map(seen.map((member) => [member.address, member]));
  return new Map(
    wanted.flatMap(({ name, peer }) => {
      const member = byAddress.get(formatAddress(peer));
      const obstacle = member === undefined ? 'not known to the Sentinel' : obstacleOf(member);
      return obstacle === undefined ? [] : [[name, obstacle] as const];
    }),
  );
}

/** Replicas with no bad flag that a failover would still not choose. */
function staleReasons(seen: readonly MemberView[], wanted: readonly Instance[]): readonly string[] {
  const well = seen.filter(isReachable);
  const known = wanted.filter(({ peer }) => well.some(({ address }) => address === formatAddress(peer)));
  return [...obstaclesOf(well, known)].map(([name, obstacle]) => `would not promote ${name}: ${obstacle}`);
}

function memberReasons(word: string, seen: readonly MemberView[], wanted: readonly Instance[]): readonly string[] {
  const byAddress = new Map(seen.map((member) => [member.address, member]));
  const missing = wanted.flatMap(({ name, peer }) => {
    const member = byAddress.get(formatAddress(peer));
    if (member === undefined) return [`does not know ${name}`];
    return isReachable(member) ? [] : [`sees ${name} as ${member.flags.slice(1).join(', ')}`];
  });
  const known = new Set(wanted.map(({ peer }) => formatAddress(peer)));
  const unknown = seen.filter(({ address }) => !known.has(address));
  return [...missing, ...unknown.map(({ address }) => `remembers a ${word} ${address} that is not in the stack`)];
}
