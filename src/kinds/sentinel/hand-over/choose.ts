/** Which replica becomes the master. */
import type { Instance } from '../../../stack/contract/model.ts';
import type { Replication } from './replication.ts';

/** A replica, and what it says. */
export interface Candidate extends Replication {
  readonly name: string;
}

export interface Choice {
  /** Only this one. */
  readonly to?: Instance | undefined;
  /** Never these. */
  readonly avoid: readonly Instance[];
}

/** How far a replica may be behind when the pause begins: it must have everything within milliseconds. */
export const SMALL_LAG_BYTES = 1024 * 1024;

/** As Sentinel chooses: by priority, then by how much they have; `offset` is the master's. Pure. */
export function choose<T extends Candidate>(candidates: readonly T[], offset: number, choice: Choice): T | undefined {
  return candidates
    .filter((candidate) => obstacle(candidate, offset, choice) === undefined)
    .toSorted((a, b) => a.priority - b.priority || b.offset - a.offset || a.name.localeCompare(b.name))[0];
}

/** Why none of them can be chosen. Pure. */
export function obstaclesTo(candidates: readonly Candidate[], offset: number, choice: Choice): readonly string[] {
  if (choice.to !== undefined && !candidates.some(({ name }) => name === choice.to?.name))
    return [`${choice.to.name} is no replica that could take over`];
  if (candidates.length === 0) return ['there is no replica that could take over'];
  return candidates.flatMap((candidate) => {
    const why = obstacle(candidate, offset, choice);
    return why === undefined ? [] : [`${candidate.name}: ${why}`];
  });
}

function obstacle(candidate: Candidate, offset: number, { to, avoid }: Choice): string | undefined {
  if (to !== undefined && candidate.name !== to.name) return 'another one was asked for';
  if (avoid.some(({ name }) => name === candidate.name)) return 'it is to go away';
  if (candidate.isMaster) return 'it says that it is a master itself';
  if (candidate.priority === 0) return 'replica-priority 0, which means never';
  if (!candidate.isLinked) return 'it is not linked to the master';
  const lag = offset - candidate.offset;
  return lag > SMALL_LAG_BYTES ? `it is ${lag} bytes behind the master` : undefined;
}
