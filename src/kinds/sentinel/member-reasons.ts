/** What is wrong with the members that one Sentinel knows, beside those that the stack has. */
import type { MemberView } from '../../clients/redis/sentinel.ts';
import { formatAddress, type Instance } from '../../stack/contract/model.ts';
import { obstacleOf } from './promotion.ts';

/** The Sentinel has a working connection to the member; it also lists those that it only remembers. */
export function isReachable({ flags }: MemberView): boolean {
  return flags.length === 1;
}

/** By instance name; a replica that the Sentinel does not know cannot be chosen either. */
export function obstaclesOf(seen: readonly MemberView[], wanted: readonly Instance[]): ReadonlyMap<string, string> {
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
export function staleReasons(seen: readonly MemberView[], wanted: readonly Instance[]): readonly string[] {
  const well = seen.filter(isReachable);
  const known = wanted.filter(({ peer }) => well.some(({ address }) => address === formatAddress(peer)));
  return [...obstaclesOf(well, known)].map(([name, obstacle]) => `would not promote ${name}: ${obstacle}`);
}

export interface SeenMembers {
  readonly word: 'replica' | 'Sentinel';
  readonly seen: readonly MemberView[];
  readonly wanted: readonly Instance[];
  /** The Sentinel that sees them. */
  readonly by: string;
}

/** Members that it does not know, does not reach, or knows although the stack does not have them. */
export function memberReasons({ word, seen, wanted, by }: SeenMembers): readonly string[] {
  const byAddress = new Map(seen.map((member) => [member.address, member]));
  const missing = wanted.flatMap(({ name, peer }) => {
    const member = byAddress.get(formatAddress(peer));
    if (member === undefined) return [`does not know ${name}`];
    return isReachable(member) ? [] : [`sees ${name} as ${member.flags.slice(1).join(', ')}`];
  });
  const known = new Set(wanted.map(({ peer }) => formatAddress(peer)));
  const strangers = seen.filter(({ address }) => !known.has(address));
  return [...missing, ...strangers.map((member) => strangerReason(member, word, by, seen.length))];
}

/** A start takes the members from the stack, so it forgets the others; one that runs would be found again. */
function strangerReason(member: MemberView, word: SeenMembers['word'], by: string, count: number): string {
  const { address } = member;
  const votes = word === 'Sentinel' ? ` and is one of the ${count + 1} Sentinels of which it wants a majority` : '';
  if (!isReachable(member)) {
    return `remembers a ${word} ${address} that is not in the stack${votes}: \`stackctl restart ${by}\` forgets it`;
  }
  const risk =
    word === 'replica'
      ? `, could promote it, and clients on this machine are not told a way there (${NO_ROUTE})`
      : votes;
  return `knows a ${word} ${address} that is not in the stack and runs${risk}: end it, then \`stackctl restart ${by}\` forgets it`;
}

/** Why an address that is not in the stack is of no use to a client on this machine. */
export const NO_ROUTE = 'the natMap of `stackctl env --format ioredis` has no entry for it';
