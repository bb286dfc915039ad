import type { ClusterEvent, FailoverInput, FailoverPhase } from '../../../stack/contract/scenario.ts';
import { optionsOf } from '../group.ts';

/** Event with which a Sentinel gives a failover up -> what that means. */
const ABORTS: Readonly<Record<string, string>> = {
  '-failover-abort-no-good-slave': 'no replica may be promoted (see: stackctl health)',
  '-failover-abort-not-elected': 'the other Sentinels did not elect it in time',
  '-failover-abort-slave-timeout': 'the replica that it chose did not become master in time',
};

/**
 * Why the Sentinels did not switch: how far each failover came, by the messages that they published since the fault. Pure.
 */
export function explain(input: FailoverInput, events: readonly ClusterEvent[]): readonly string[] {
  const tilted = sourcesOf(events, ({ name }) => name === '+tilt');
  return [
    ...(tilted.length === 0
      ? []
      : [`in TILT mode, in which a Sentinel acts on nothing for 30 s: ${tilted.join(', ')}`]),
    howFar(input, events),
  ];
}

function howFar(input: FailoverInput, events: readonly ClusterEvent[]): string {
  const aborts = events.filter(({ phase }) => phase === 'aborted');
  const ways = [...new Set(aborts.map(({ name }) => name))];
  if (ways.length > 0) {
    return ways
      .map((way) =>
        abortText(
          way,
          sourcesOf(aborts, ({ name }) => name === way),
        ),
      )
      .join('; ');
  }
  const has = (phase: FailoverPhase): boolean => events.some((event) => event.phase === phase);
  const { quorum, failoverTimeoutMs } = optionsOf(input);
  if (has('promoted')) return 'a replica was promoted, and no Sentinel ended the failover';
  if (has('elected')) return 'a Sentinel was elected, and the replica that it chose did not become master';
  const tried = sourcesOf(events, ({ name }) => name === '+try-failover');
  if (tried.length > 0) return `${tried.join(', ')} asked for votes and was not elected`;
  if (has('agreed')) {
    const waitS = (2 * failoverTimeoutMs) / 1000;
    return `the Sentinels agreed that the master is down and none tried a failover: after a try that failed they wait ${waitS} s (twice failoverTimeoutMs)`;
  }
  const detected = sourcesOf(events, ({ phase }) => phase === 'detected');
  return detected.length === 0
    ? 'no Sentinel found the master down'
    : `${detected.length} of ${input.service.instances.length} Sentinels found the master down (${detected.join(', ')}); ${quorum} have to agree`;
}

function abortText(name: string, sources: readonly string[]): string {
  const meaning = ABORTS[name];
  return `${sources.join(', ')} gave the failover up: ${meaning === undefined ? name : `${meaning} (${name})`}`;
}

function sourcesOf(events: readonly ClusterEvent[], is: (event: ClusterEvent) => boolean): readonly string[] {
  return [...new Set(events.filter(is).map(({ source }) => source))];
}
