/** Whether a failover could happen now: what Sentinel itself checks before it promotes a replica. */
import type { MemberView } from '../../clients/redis/sentinel.ts';

/** A replica that has not replied for longer is not chosen: five ping periods. */
const MAX_SILENCE_MS = 5000;
/** Nor is one without INFO for longer: three INFO periods. */
const MAX_INFO_AGE_MS = 30_000;
/** A link to the master that has been down for more than this many times `down-after-milliseconds`: the data is too old. */
const LINK_DOWN_FACTOR = 10;

const DOWN_FLAGS: ReadonlySet<string> = new Set(['s_down', 'o_down', 'disconnected']);

/** Why a Sentinel with this view would not promote the replica; undefined: it would. The caller checks the priority. */
export function obstacleOf({
  flags,
  sinceReplyMs,
  sinceInfoMs,
  linkDownMs,
  downAfterMs,
}: MemberView): string | undefined {
  const down = flags.filter((flag) => DOWN_FLAGS.has(flag));
  if (down.length > 0) return down.join(', ');
  if (sinceReplyMs > MAX_SILENCE_MS) return `no valid reply for ${seconds(sinceReplyMs)} s`;
  if (sinceInfoMs > MAX_INFO_AGE_MS) return `no answer to INFO for ${seconds(sinceInfoMs)} s`;
  if (linkDownMs > LINK_DOWN_FACTOR * downAfterMs) {
    return `its link to the master has been down for ${seconds(linkDownMs)} s, so its data is too old`;
  }
  return undefined;
}

/** A replica that a failover could choose. */
export interface Candidate {
  readonly name: string;
  /** From `obstacleOf`. */
  readonly obstacle: string | undefined;
  /** What the replica says itself, else what the Sentinel knows; 0 means never. */
  readonly priority: number | undefined;
}

export interface NoPromotion {
  readonly reason: string;
  /** Only a setting is in the way: waiting does not help, the user must change it. */
  readonly standing: boolean;
}

/** Why it would not be chosen; undefined: it could be. */
export function obstacleTo({ obstacle, priority }: Candidate): string | undefined {
  return obstacle ?? (priority === 0 ? 'replica-priority 0' : undefined);
}

/** Undefined when at least one replica may be promoted. Also undefined without any replica. */
export function noPromotion(candidates: readonly Candidate[]): NoPromotion | undefined {
  const obstacles = candidates.flatMap((candidate) => {
    const why = obstacleTo(candidate);
    return why === undefined ? [] : [`${candidate.name}: ${why}`];
  });
  if (candidates.length === 0 || obstacles.length < candidates.length) return undefined;
  const standing = candidates.every(({ obstacle }) => obstacle === undefined);
  const reason = standing
    ? `no failover is possible: every replica has replica-priority 0, which means never (${names(candidates)}); give one of them another: by replicaPriority in the stack (or the line in a redis.conf of your own) and stackctl up, or at once: \`stackctl cli ${candidates[0]?.name} CONFIG SET replica-priority 100\``
    : `no failover is possible: no replica may be promoted (${obstacles.join('; ')})`;
  return { reason, standing };
}

/** What TILT mode means for the Sentinel that is in it. */
export const TILTED =
  'is in TILT mode (its clock jumped, or it was held up for more than 2 s) and acts on nothing until 30 s have passed without that happening again';

/** A Sentinel that starts is not in TILT mode. */
export function tiltedReason(sentinel: string): string {
  return `${TILTED}; \`stackctl restart ${sentinel}\` ends it at once`;
}

export interface ReachedSentinels {
  readonly by: string;
  readonly quorum: number;
  readonly otherSentinels: number;
  readonly knownSentinels: number;
  /** The Sentinel's own words. */
  readonly problem: string;
}

/** Why this Sentinel could not have its failover agreed on, with the figures that it leaves out. */
export function tooFewReached({ by, quorum, otherSentinels, knownSentinels, problem }: ReachedSentinels): string {
  if (quorum > knownSentinels) {
    return `can lead no failover: quorum ${quorum} cannot be reached with ${knownSentinels} Sentinels: \`stackctl restart ${by}\` brings back the quorum that the stack declares (${problem})`;
  }
  const majority = majorityOf(knownSentinels);
  return `can lead no failover: it reaches ${otherSentinels + 1} of ${knownSentinels} Sentinels, itself included; quorum ${quorum}, majority ${majority}: \`stackctl up\` starts what does not run (${problem})`;
}

/** How many of the Sentinels must elect the one that fails over. */
export function majorityOf(sentinels: number): number {
  return Math.floor(sentinels / 2) + 1;
}

/** Why too few Sentinels can act. Those in TILT mode still vote, but never find that a master is down. */
export function tooFewActing(acting: number, tilted: readonly string[], quorum: number): string | undefined {
  if (tilted.length === 0 || acting >= quorum) return undefined;
  return `no failover is possible: ${acting} of the ${quorum} Sentinels that must find the master down can act; in TILT mode: ${tilted.join(', ')}`;
}

function names(candidates: readonly Candidate[]): string {
  return candidates.map(({ name }) => name).join(', ');
}

function seconds(ms: number): number {
  return Math.round(ms / 1000);
}
