/** Whether a failover could happen now, by what every Sentinel said of itself a moment ago. Pure. */
import { formatAddress, type Instance, type ServiceInput } from '../../stack/contract/model.ts';
import type { ProbeTable } from '../../stack/contract/probe.ts';
import { monitoredService } from './monitored.ts';
import type { SentinelOptions } from './options.ts';
import type { SentinelFacts } from './probe.ts';
import { type Candidate, majorityOf, type NoPromotion, noPromotion, obstacleTo, tooFewActing } from './promotion.ts';

type Input = ServiceInput<SentinelOptions>;

/** A Sentinel that answered. */
export interface View {
  readonly instance: Instance;
  readonly facts: SentinelFacts;
}

/** As `status --json` prints it, in the facts of the service. */
export interface Ability {
  readonly failoverPossible: boolean;
  /** Why not; empty when it is possible. */
  readonly failoverObstacles: readonly string[];
  /** Servers that at least one Sentinel could make the master. */
  readonly promotable: readonly string[];
}

export function viewsIn({ service }: Input, probes: ProbeTable): readonly View[] {
  return service.instances.flatMap((instance) => {
    const probe = probes.get(instance.name);
    return probe?.role === undefined ? [] : [{ instance, facts: probe.facts as unknown as SentinelFacts }];
  });
}

/** Possible when at least one Sentinel could lead it: one is enough, the others only vote. */
export function ability(input: Input, probes: ProbeTable): Ability {
  const seen = viewsIn(input, probes);
  const { length } = input.service.instances;
  if (seen.length === 0) {
    return { failoverPossible: false, failoverObstacles: [`0 of ${length} Sentinels answer`], promotable: [] };
  }
  const tooFew = actingReason(seen);
  const obstacles = new Map(
    seen.map((view) => [view.instance.name, [...leadObstacles(view), ...promotionObstacles(input, view, probes)]]),
  );
  const common = tooFew === undefined ? [] : [tooFew];
  const possible = common.length === 0 && [...obstacles.values()].some((own) => own.length === 0);
  return {
    failoverPossible: possible,
    failoverObstacles: possible ? [] : [...common, ...grouped(obstacles)],
    promotable: possible ? promotable(input, seen, probes) : [],
  };
}

/** Why too few of the Sentinels that answer can act, because of TILT mode. */
export function actingReason(seen: readonly View[]): string | undefined {
  const tilted = seen.filter(({ facts }) => facts.tilt).map(({ instance }) => instance.name);
  const quorum = seen.reduce((most, { facts }) => Math.max(most, facts.quorum), 0);
  return tooFewActing(seen.length - tilted.length, tilted, quorum);
}

/** As this Sentinel would decide if it led a failover now; the priority is what each replica says itself. */
export function promotionBlocked(input: Input, view: View, probes: ProbeTable): NoPromotion | undefined {
  return noPromotion(candidates(input, view, probes));
}

function candidates(input: Input, { facts }: View, probes: ProbeTable): readonly Candidate[] {
  return replicasFor(input, facts).map(({ name }) => {
    const priority = probes.get(name)?.facts.priority;
    return {
      name,
      obstacle: facts.notPromotable?.[name],
      priority: typeof priority === 'number' ? priority : undefined,
    };
  });
}

/** The Sentinels notice only after a while that a server is gone. */
function candidatesThatAnswer(input: Input, view: View, probes: ProbeTable): readonly Candidate[] {
  return candidates(input, view, probes).map((candidate) => {
    const isSilent = probes.get(candidate.name)?.role === undefined;
    return isSilent ? { ...candidate, obstacle: candidate.obstacle ?? 'does not answer' } : candidate;
  });
}

function replicasFor(input: Input, { masterAddress }: SentinelFacts): readonly Instance[] {
  return monitoredService(input).instances.filter(({ peer }) => formatAddress(peer) !== masterAddress);
}

function leadObstacles({ facts }: View): readonly string[] {
  const { tilt, quorumOk, quorum, otherSentinels, knownSentinels } = facts;
  const few = `reaches ${otherSentinels + 1} of ${knownSentinels} Sentinels, itself included; quorum ${quorum}, majority ${majorityOf(knownSentinels)}`;
  return [...(tilt ? ['is in TILT mode'] : []), ...(quorumOk === false ? [few] : [])];
}

function promotionObstacles(input: Input, view: View, probes: ProbeTable): readonly string[] {
  const all = candidatesThatAnswer(input, view, probes);
  if (all.length === 0) return ['there is no replica to promote'];
  return noPromotion(all) === undefined
    ? []
    : [`no replica may be promoted (${all.map((one) => `${one.name}: ${obstacleTo(one)}`).join('; ')})`];
}

function promotable(input: Input, seen: readonly View[], probes: ProbeTable): readonly string[] {
  const able = seen.flatMap((view) =>
    candidatesThatAnswer(input, view, probes)
      .filter((one) => obstacleTo(one) === undefined)
      .map(({ name }) => name),
  );
  return [...new Set(able)];
}

/** What several Sentinels say is said once, with their names in front. */
function grouped(obstacles: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const texts = [...new Set([...obstacles.values()].flat())];
  return texts.map((text) => {
    const who = [...obstacles].flatMap(([name, own]) => (own.includes(text) ? [name] : []));
    return `${who.join(', ')}: ${text}`;
  });
}
