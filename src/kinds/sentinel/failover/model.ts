import type { FailoverInput, Prediction } from '../../../stack/contract/scenario.ts';
import { optionsOf } from '../group.ts';

/**
 * How long a failover of Sentinel takes, in milliseconds: the whole as it was measured, and the most that its own timers allow each
 * part (sentinel.c: a tick of 50 to 100 ms, one step of the failover for each; a ping every second; INFO to replicas every second
 * while the master is down).
 */
const TICK = 100;
/**
 * `ping`: a ping that is under way when the master falls silent counts from when it left: up to a period, and the tick that notices
 * it. `ask`: from the first Sentinel that finds the master down until as many as the quorum do.
 */
const PERIODS = { normal: { ping: 1050, ask: 1100 }, fast: { ping: 150, ask: 300 } };
const ELECTION = 3 * TICK;
/** The leader hears of the promotion by the next INFO. */
const INFO = 1100;
/** The others hear of it by the leader's message, and the client by its next question. */
const TOLD = 250;

/** The least and the most of what such a failover took as measured, from agreement until the first write. */
const [SHORTEST, LONGEST] = [790, 1350];

/**
 * @param isSilent the master does not close its connections (it is frozen, or cut off): it is found down by a ping that is not
 *   answered, and a write that waits for an answer is given up after a time-out of its own.
 */
export function predict(input: FailoverInput, isSilent: boolean): Prediction {
  const { downAfterMs, detection } = optionsOf(input);
  const { ping, ask } = PERIODS[detection];
  const detected = downAfterMs + (isSilent ? ping + TICK : TICK);
  return {
    lowMs: downAfterMs + SHORTEST,
    highMs: downAfterMs + LONGEST + (isSilent ? ping : 0),
    phases: [
      { name: 'detection', from: 'fault', to: 'detectedMs', mostMs: detected },
      { name: 'agreement of the quorum', from: 'detectedMs', to: 'agreedMs', mostMs: ask },
      { name: 'election', from: 'agreedMs', to: 'electedMs', mostMs: ELECTION },
      { name: 'promotion', from: 'electedMs', to: 'promotedMs', mostMs: ELECTION + INFO },
      { name: 'the way to the new master', from: 'promotedMs', to: 'firstWriteMs', mostMs: TOLD },
    ],
  };
}
