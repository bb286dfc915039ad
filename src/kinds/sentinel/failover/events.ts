import type { FailoverPhase } from '../../../stack/contract/scenario.ts';

/** The meaning of a message that a Sentinel publishes. */
export interface SentinelEvent {
  readonly phase: FailoverPhase | undefined;
  /** `host:port` of the new master, for phase `switched`. */
  readonly masterAddress: string | undefined;
}

/** Phase -> the event that marks it. `+sdown` counts for a master only: replicas and Sentinels have it too. */
const PHASES: Readonly<Record<string, FailoverPhase>> = {
  '+sdown': 'detected',
  '+odown': 'agreed',
  '+elected-leader': 'elected',
  '+promoted-slave': 'promoted',
  '+switch-master': 'switched',
};

/** Of `-failover-abort-no-good-slave`, `-failover-abort-not-elected`, `-failover-abort-slave-timeout`. */
const ABORT = '-failover-abort-';

/**
 * Reads one message. Undefined: it is about another master group.
 *
 * Forms (https://redis.io/docs/management/sentinel/, "Pub/Sub messages"): `+switch-master <group> <old ip> <old port>
 * <new ip> <new port>`; `<type> <name> <ip> <port> @ <group> <ip> <port>`, where what follows `@` is left out for a
 * master; and a few without a group (`+new-epoch <n>`, `+vote-for-leader <id> <epoch>`, `+tilt …`).
 */
export function parseEvent(name: string, text: string, group: string): SentinelEvent | undefined {
  const words = text.split(' ');
  if (name === '+switch-master') {
    const [about, , , host, port] = words;
    return about === group ? { phase: 'switched', masterAddress: `${host}:${port}` } : undefined;
  }
  const about = groupOf(words);
  if (about !== undefined && about !== group) return undefined;
  if (name.startsWith(ABORT)) return { phase: 'aborted', masterAddress: undefined };
  const phase = name === '+sdown' && words[0] !== 'master' ? undefined : PHASES[name];
  return { phase, masterAddress: undefined };
}

function groupOf(words: readonly string[]): string | undefined {
  const at = words.indexOf('@');
  if (at >= 0) return words[at + 1];
  return words[0] === 'master' ? words[1] : undefined;
}
