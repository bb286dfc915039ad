import { noPromotion, obstacleOf, TILTED } from '../promotion.ts';
import type { GroupView, Problem, RoleView, SentinelView } from './observe.ts';

export interface SteadyInput {
  readonly view: GroupView;
  /** `host:port` (peer) -> instance name of the monitored redis. */
  readonly members: ReadonlyMap<string, string>;
  /** Instances that are down and not in `view`: the others still know them. */
  readonly absent?: Absent | undefined;
}

export interface Absent {
  readonly sentinels: number;
  /** Names. */
  readonly members: ReadonlySet<string>;
}

const NONE: Absent = { sentinels: 0, members: new Set() };

/**
 * Why the group is not steady, in words; empty when nothing is left of an earlier failover. Stricter than "ready":
 * a fault in a group that is still recovering would also measure that recovery.
 */
export function unsteady({ view, members, absent = NONE }: SteadyInput): readonly string[] {
  const sentinels = view.sentinels.filter((one): one is SentinelView => !isProblem(one));
  const roles = view.members.filter((one): one is RoleView => !isProblem(one));
  const problems = [...view.sentinels, ...view.members].filter(isProblem);
  const address = sentinels[0]?.master.address;
  const named = address === undefined ? undefined : members.get(address);
  return [
    ...problems.map(({ name, problem }) => `${name}: ${problem}`),
    ...disagreement(sentinels),
    ...sentinels.flatMap((sentinel) => sentinelReasons(sentinel, view, absentIn(members, absent))),
    ...masterReasons(roles, named, { present: view.members.length, absent: absent.members.size }),
    ...roles.flatMap((role) => replicaReasons(role, address)),
  ];
}

/** Why no failover could happen now although the group is steady. */
export function unable(view: GroupView): readonly string[] {
  const sentinels = view.sentinels.filter((one): one is SentinelView => !isProblem(one));
  return [
    ...sentinels.flatMap(({ name, tilt }) => (tilt ? [`${name} ${TILTED}`] : [])),
    ...sentinels.flatMap(({ name, replicas }) =>
      replicas.flatMap((replica) => {
        const obstacle = replica.flags.length > 1 ? undefined : obstacleOf(replica);
        return obstacle === undefined ? [] : [`${name} would not promote the replica ${replica.address}: ${obstacle}`];
      }),
    ),
    ...promotionReasons(view.members.filter((one): one is RoleView => !isProblem(one))),
  ];
}

/** Why no failover will be possible, however long one waits; empty when waiting may help. */
export function impossible(view: GroupView): readonly string[] {
  if (view.members.length === 1) return ['no failover is possible: there is one server and no replica to promote'];
  const roles = view.members.filter((one): one is RoleView => !isProblem(one));
  // A server that does not answer now may have another priority.
  return roles.length === view.members.length ? promotionReasons(roles) : [];
}

/** Only by their priorities: other obstacles are reasons of their own. */
function promotionReasons(roles: readonly RoleView[]): readonly string[] {
  const replicas = roles.flatMap((role) => (role.role === 'slave' ? [role] : []));
  const blocked = noPromotion(replicas.map(({ name, priority }) => ({ name, obstacle: undefined, priority })));
  return blocked === undefined ? [] : [blocked.reason];
}

function isProblem(view: object): view is Problem {
  return 'problem' in view;
}

function disagreement(sentinels: readonly SentinelView[]): readonly string[] {
  const addresses = new Set(sentinels.map(({ master }) => master.address));
  const epochs = new Set(sentinels.map(({ master }) => master.epoch));
  return [
    ...(addresses.size > 1 ? [`the Sentinels name different masters: ${[...addresses].join(', ')}`] : []),
    ...(epochs.size > 1 ? [`the Sentinels are at different epochs: ${[...epochs].join(', ')}`] : []),
  ];
}

interface AbsentAddresses {
  readonly sentinels: number;
  /** `host:port` of servers. */
  readonly members: ReadonlySet<string>;
}

function absentIn(members: ReadonlyMap<string, string>, { sentinels, members: names }: Absent): AbsentAddresses {
  return { sentinels, members: new Set([...members].flatMap(([address, name]) => (names.has(name) ? [address] : []))) };
}

function sentinelReasons(
  { name, master, replicas, quorumProblem }: SentinelView,
  view: GroupView,
  absent: AbsentAddresses,
): readonly string[] {
  const wanted = {
    replicas: view.members.length + absent.members.size - 1,
    others: view.sentinels.length + absent.sentinels - 1,
  };
  const flagged = replicas.filter(({ address, flags }) => flags.join() !== 'slave' && !absent.members.has(address));
  return [
    ...(master.flags.join() === 'master' ? [] : [`${name} flags the master as ${master.flags.join(', ')}`]),
    ...flagged.map(({ address, flags }) => `${name} flags the replica ${address} as ${flags.slice(1).join(', ')}`),
    ...(master.replicas === wanted.replicas ? [] : [`${name} knows ${master.replicas} of ${wanted.replicas} replicas`]),
    ...(master.otherSentinels === wanted.others
      ? []
      : [`${name} knows ${master.otherSentinels} of ${wanted.others} other Sentinels`]),
    ...(quorumProblem === undefined ? [] : [`${name}: ${quorumProblem}`]),
  ];
}

function masterReasons(
  roles: readonly RoleView[],
  named: string | undefined,
  { present, absent }: { readonly present: number; readonly absent: number },
): readonly string[] {
  const masters = roles.filter((role) => role.role === 'master');
  const [master] = masters;
  if (masters.length !== 1 || master === undefined) {
    const who = masters.length === 0 ? 'none' : masters.map(({ name }) => name).join(', ');
    return [`exactly one instance must say that it is the master: ${who}`];
  }
  return [
    ...(master.name === named
      ? []
      : [`${master.name} is the master; the Sentinels name ${named ?? 'a server that is not in the stack'}`]),
    // One that was absent may be back by now.
    ...(master.replicas >= present - 1 && master.replicas <= present + absent - 1
      ? []
      : [`${master.name} has ${master.replicas} of ${present - 1} replicas`]),
  ];
}

function replicaReasons(role: RoleView, address: string | undefined): readonly string[] {
  if (role.role === 'master') return [];
  return [
    ...(address === undefined || role.master === address ? [] : [`${role.name} follows ${role.master}`]),
    ...(role.link === 'connected' ? [] : [`${role.name} is not in sync (${role.link})`]),
  ];
}
