import { createHash, randomUUID } from 'node:crypto';
import type { Connection } from './connection.ts';
import { eventIn, recordOf } from './records.ts';

/** Bytes of the log in one answer: what is made of them keeps others waiting for milliseconds. */
const PAGE_BYTES = 128 * 1024;
/** Events that are taken over at once. */
const TAKEN_AT_ONCE = 2000;

/** Names of the keys in Redis: the events, their identities, the log and its state. */
export type EventKeys = readonly [events: string, identities: string, log: string, state: string];

/** Id and name of an entry of the log; empty: none. */
export type Entry = readonly [id: string, name: string];

export interface LogPage {
  /** Events with a lower score are in the log; `+inf` where all of them are. */
  readonly logged: string;
  /** How many events are stored. */
  readonly events: number;
  /** The last one of this page. */
  readonly last: Entry;
  /** Begins with the first entry of the log: what was read before is of another one. */
  readonly whole: boolean;
  readonly more: boolean;
  readonly records: string;
}

/** A name that no other entry has, with the latest time of its events (milliseconds since 1970), after which the entry is needed no more. */
export function entryNames(): (latest: number) => string {
  const own = randomUUID().slice(0, 13);
  let count = 0;
  return (latest) => {
    count += 1;
    return `${latest}:${own}:${count.toString(36)}`;
  };
}

/** What comes behind an entry of the log, or all of it where that entry is not there. @throws RequestError 503 */
export async function readLog({ client, ask }: Connection, keys: EventKeys, behind: Entry): Promise<LogPage> {
  const [logged, events, id, name, whole, more, records] = await ask(() =>
    client.readLog(...keys, ...behind, PAGE_BYTES),
  );
  return {
    ...{ logged: String(logged), events: Number(events), last: [String(id), String(name)] },
    ...{ whole: whole === 1, more: more === 1, records: String(records) },
  };
}

/**
 * Puts the oldest of those events into the log that are not in it, unless somebody else has changed them meanwhile: then the log says how
 * far it is now.
 * @param from as the log says it. @returns whether they are in it now. @throws RequestError 503
 */
export async function takeOver(
  { client, ask }: Connection,
  keys: EventKeys,
  nameOf: (latest: number) => string,
  from: string,
): Promise<boolean> {
  const { scores, members, to } = await oldest({ client, ask }, keys[0], from, TAKEN_AT_ONCE);
  const records = members.map((member, at) => {
    const event = eventIn(member.toString());
    return event === undefined ? '' : recordOf(event, timeIn(scores[at]));
  });
  // Of the bytes as they are: a member that another program has written may be no text.
  const digest = createHash('sha1').update(Buffer.concat(members)).digest('hex');
  const name = nameOf(timeIn(scores[members.length - 1]));
  return (await ask(() => client.takeOver(...keys, from, to, digest, name, records.join('')))) === 1;
}

/** Events from a score on, and the score before which these are all. Those of one score stay together. */
async function oldest(
  { client, ask }: Connection,
  key: string,
  from: string,
  atMost: number,
): Promise<{ readonly scores: readonly string[]; readonly members: readonly Buffer[]; readonly to: string }> {
  const answer = await ask(() => client.zrangeBuffer(key, from, '+inf', 'BYSCORE', 'LIMIT', 0, atMost, 'WITHSCORES'));
  const members = answer.filter((_, at) => at % 2 === 0);
  const scores = answer.filter((_, at) => at % 2 === 1).map(String);
  if (scores.length < atMost) return { scores, members, to: '+inf' };
  const to = scores.at(-1) ?? '';
  const count = scores.indexOf(to);
  if (count === 0) return oldest({ client, ask }, key, from, atMost * 2);
  return { scores, members: members.slice(0, count), to };
}

/** A score as Redis writes it, in milliseconds since 1970. */
function timeIn(score = '0'): number {
  return Number(score.replace('inf', '1e308'));
}
