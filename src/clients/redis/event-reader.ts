/** Finds the events of a traffic run in what a server holds. In pieces, so that no reply is large. */
import type { Redis } from 'ioredis';
import { createIdTally, type IdTally } from '../../stack/contract/id-tally.ts';
import { bytesId } from './bytes.ts';
import type { RawConnection } from './raw-connection.ts';
import type { RedisCaller } from './read-only.ts';
import { entriesIn } from './scan-reply.ts';

const PAGE = 2000;

/** The place in a stream before all of its entries. */
export const BEGINNING = '0-0';

/**
 * The place behind which every entry stands that is added from now on with an id of the server's choice (`XADD … *`): such an id is
 * never earlier than the server's clock (https://redis.io/docs/latest/commands/xadd/). The same for all streams, also those that
 * are not there yet. A server that takes over with a clock that is behind may choose earlier ones, and so may who names ids.
 */
export async function presentPlace(client: Redis): Promise<string> {
  const [seconds, microseconds] = await client.time();
  const ms = Number(seconds) * 1000 + Math.floor(Number(microseconds) / 1000);
  // An entry of this very millisecond may have the sequence 0 already.
  return `${ms - 1}-${MAX_SEQUENCE}`;
}

const MAX_SEQUENCE = '18446744073709551615';

type Entry = readonly [id: string, fields: readonly string[]];

/** Few enough that a reply arrives in one or two pieces. */
const RAW_PAGE = 500;
const RAW_PAGE_BYTES = 512 * 1024;

/**
 * As `tallyStream`, several times as fast: the replies are searched for ids and not read.
 * @returns the place of the last entry that was read: the next reading goes on behind it.
 */
export async function tallyLongStream(
  connection: RawConnection,
  { key, behind }: { readonly key: string; readonly behind: string },
  tally: IdTally,
  signal: AbortSignal,
): Promise<string> {
  let page = RAW_PAGE;
  for (let place = behind; ; ) {
    signal.throwIfAborted();
    const reply = await connection.ask(['XRANGE', key, `(${place}`, '+', 'COUNT', String(page)]);
    // An id is ASCII, and no byte of another character looks like one of its.
    tally.addAllIn(reply.toString('latin1'));
    const { count, lastId } = entriesIn(reply);
    place = lastId || place;
    if (count < page) return place;
    // The next entries are probably as large as these.
    page = Math.max(1, Math.min(RAW_PAGE, Math.floor((count * RAW_PAGE_BYTES) / reply.length)));
  }
}

/** Counts the events in the entries of a stream behind a place. @returns the place of the last entry that was read. */
export async function tallyStream(
  client: Pick<RedisCaller, 'call'>,
  { key, behind }: { readonly key: string | Buffer; readonly behind: string },
  tally: IdTally,
  signal: AbortSignal,
): Promise<string> {
  for (let place = behind; ; ) {
    signal.throwIfAborted();
    const entries = (await client.call('XRANGE', key, `(${place}`, '+', 'COUNT', PAGE)) as readonly Entry[];
    for (const [, fields] of entries) for (const field of fields) tally.addAllIn(field);
    place = entries.at(-1)?.[0] ?? place;
    if (entries.length < PAGE) return place;
  }
}

/**
 * The events in the members of a sorted set. Pages by rank would shift when a client writes meanwhile; SCAN names
 * everything that is there all the time at least once (https://redis.io/docs/latest/commands/scan/), and no two members
 * are equal.
 */
export async function tallySortedSet(
  client: Redis,
  key: string | Buffer,
  runId: string,
  signal: AbortSignal,
): Promise<IdTally> {
  const found = tallyMembers(runId);
  let cursor = '0';
  do {
    signal.throwIfAborted();
    const reply = await client.callBuffer('ZSCAN', key, cursor, 'COUNT', PAGE);
    const [next, membersAndScores] = reply as [Buffer, Buffer[]];
    for (const { member } of pairs(membersAndScores)) found.add(member);
    cursor = String(next);
  } while (cursor !== '0');
  return found.tally;
}

/**
 * The events in the members of a sorted set that have this score or a higher one, up to `to`. Each page begins at the last score of the
 * one before, so that what others add or trim meanwhile moves no page but those of more members with one score than a page has.
 */
export async function tallyByScore(
  client: Redis,
  { key, from, to }: { readonly key: string | Buffer; readonly from: number; readonly to?: number },
  runId: string,
  signal: AbortSignal,
): Promise<IdTally> {
  const found = tallyMembers(runId);
  let [score, skip] = [String(from), 0];
  for (;;) {
    signal.throwIfAborted();
    const page = ['WITHSCORES', 'LIMIT', skip, PAGE] as const;
    const reply = (await client.callBuffer('ZRANGEBYSCORE', key, score, to ?? '+inf', ...page)) as Buffer[];
    const members = pairs(reply);
    for (const { member } of members) found.add(member);
    if (members.length < PAGE) return found.tally;
    const last = String(members.at(-1)?.score);
    // Only members of this score may be named again.
    if (last !== score) found.remember(members.filter((one) => String(one.score) === last).map(({ member }) => member));
    // A whole page of one score: the next one begins in the middle of it.
    const isOne = last === String(members[0]?.score);
    skip = isOne ? (last === score ? skip : 0) + members.length : 0;
    score = last;
  }
}

interface Scored {
  readonly member: Buffer;
  readonly score: Buffer;
}

function pairs(membersAndScores: readonly Buffer[]): readonly Scored[] {
  const found: Scored[] = [];
  for (let index = 0; index + 1 < membersAndScores.length; index += 2) {
    const [member, score] = [membersAndScores[index], membersAndScores[index + 1]];
    if (member !== undefined && score !== undefined) found.push({ member, score });
  }
  return found;
}

/** Each member once, whatever a server names twice. */
function tallyMembers(runId: string) {
  const tally = createIdTally(runId);
  let known = new Set<string>();
  return {
    tally,
    /** These, and no others, may be named again. */
    remember: (members: readonly Buffer[]): void => {
      known = new Set(members.map(bytesId));
    },
    add: (member: Buffer): void => {
      const id = bytesId(member);
      if (known.has(id) || tally.addAllIn(member.toString('latin1')) === 0) return;
      known.add(id);
    },
  };
}
