/**
 * What the supervisor does next about one instance. Pure: all that it depends on is in the `Situation`.
 */
import type { Wanted } from './protocol/instance-record.ts';

export interface Situation {
  readonly wanted: Wanted;
  /** The record is new: the supervisor has not acted on it yet. */
  readonly isNewRequest: boolean;
  /** `leftovers`: the server is dead, children in its process group are not. */
  readonly server: 'none' | 'running' | 'paused' | 'leftovers';
  /** It runs with another configuration than the record's. */
  readonly outdated: boolean;
  /** It was sent SIGTERM and may take until then. */
  readonly killAtMs: number | undefined;
  /** After a crash: not before then. */
  readonly retryAtMs: number | undefined;
  /** Now, by the clock of the two above: one that is never set, so not the time of day. */
  readonly nowMs: number;
}

export type Action =
  | 'start'
  | 'terminate'
  | 'kill'
  | 'pause'
  | 'resume'
  | 'remove'
  /** Nothing to do until something happens. */
  | 'rest'
  /** Something is under way: decide again at `killAtMs` or `retryAtMs`. */
  | 'wait';

/** The next step towards what is wanted. Repeated until it says `rest` or `wait`. */
export function transition(situation: Situation): Action {
  if (situation.wanted === 'killed') return situation.server === 'none' ? 'rest' : 'kill';
  if (situation.killAtMs !== undefined && situation.server !== 'none') {
    return situation.nowMs >= situation.killAtMs ? 'kill' : 'wait';
  }
  switch (situation.wanted) {
    case 'running':
      return towardsRunning(situation);
    case 'paused':
      return towardsPaused(situation);
    case 'stopped':
      return situation.server === 'none' ? 'rest' : 'terminate';
    case 'removed':
      return situation.server === 'none' ? 'remove' : 'terminate';
  }
}

function towardsRunning({ isNewRequest, server, outdated, retryAtMs, nowMs }: Situation): Action {
  switch (server) {
    case 'none':
      return isNewRequest || retryAtMs === undefined || nowMs >= retryAtMs ? 'start' : 'wait';
    case 'leftovers':
      return 'kill'; // they may hold the port or the data folder of the next one
    case 'running':
      return outdated ? 'terminate' : 'rest';
    case 'paused':
      if (outdated) return 'terminate';
      // Another program froze it. `health` names it, and only a new request resumes it.
      return isNewRequest ? 'resume' : 'rest';
  }
}

/** A fault is injected once and not repeated when another program takes it back; a frozen server that was killed stays so. */
function towardsPaused({ isNewRequest, server }: Situation): Action {
  if (server === 'leftovers') return 'kill';
  return server === 'running' && isNewRequest ? 'pause' : 'rest';
}
