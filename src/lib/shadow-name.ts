import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { identify, isAlive, type ProcessIdentity } from './process-identity.ts';

/** What the names of all shadow databases begin with. */
export const SHADOW_PREFIX = 'stackctl_shadow_';

/** A name that no other run makes. It holds the time, for one whose comment is missing. */
export function shadowName(now: Date): string {
  return `${SHADOW_PREFIX}${now.getTime().toString(36)}_${randomBytes(4).toString('hex')}`;
}

interface Mark extends ProcessIdentity {
  readonly host: string;
  /** ISO 8601, UTC. */
  readonly since: string;
}

/** The comment of a shadow database: whose it is. */
export function shadowComment(now: Date): string {
  const self = identify(process.pid) ?? { pid: process.pid, started: '' };
  const mark: Mark = { pid: self.pid, started: self.started, host: hostname(), since: now.toISOString() };
  return `stackctl migrate verify --shadow ${JSON.stringify(mark)}`;
}

/** One that was begun so long ago and is not in use was left behind, wherever its run was. */
const ABANDONED_MS = 60 * 60_000;
/** Longest time between making a database and saying whose it is. */
const BEGUN_MS = 60_000;

export interface FoundShadow {
  readonly name: string;
  readonly comment: string;
  /** Somebody is connected to it; undefined: the server cannot say. */
  readonly inUse: boolean | undefined;
}

/** Whether a run that was killed has left a database behind. */
export function isLeftOver({ name, comment, inUse }: FoundShadow, now: Date): boolean {
  const begun = /^stackctl_shadow_([0-9a-z]+)_[0-9a-f]{8}$/.exec(name)?.[1];
  if (begun === undefined || inUse === true) return false;
  const mark = markOf(comment);
  if (mark !== undefined && mark.host === hostname()) return !isAlive(mark);
  const age = now.getTime() - Number.parseInt(begun, 36);
  return age > (mark === undefined ? BEGUN_MS : ABANDONED_MS);
}

function markOf(comment: string): Mark | undefined {
  const text = /^stackctl migrate verify --shadow (\{.*\})$/.exec(comment)?.[1];
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as Mark;
  } catch {
    return undefined; // somebody else's comment
  }
}
