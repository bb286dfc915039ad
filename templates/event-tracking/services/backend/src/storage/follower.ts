import { setTimeout as delay } from 'node:timers/promises';
import { type Log, RequestError, within } from 'stackctl/service-kit';
import { EventIndex } from '../figures/event-index.ts';
import { inTurns } from '../figures/turns.ts';
import type { Connection } from './connection.ts';
import { type Entry, type EventKeys, entryNames, readLog, takeOver } from './log.ts';
import { addRecords } from './records.ts';

/** Between two looks without a request: what a request has to read is what came since. */
const LOOK_EVERY_MS = 1000;
/** A request waits so long for what an earlier version has stored to be taken over, or for a new backend to have read the log. */
const LONGEST_WAIT_MS = 8000;
/** After an attempt to take events over that others had changed meanwhile. */
const TRY_AGAIN_MS = 50;
/** What is too old is taken out of memory when there is so much more there than in Redis. */
const SPARE = { share: 1.25, events: 10_000 };

export interface FollowerOptions extends Connection {
  readonly keys: EventKeys;
  readonly log: Log;
  /** The time before which events are not kept, in milliseconds since 1970. */
  readonly keptFrom: () => number;
}

/** Follows the log of events in Redis. */
export interface Follower {
  /**
   * What `use` makes of an index of every event that was stored when it was asked for. Nothing is added while it works.
   * @throws RequestError 503
   */
  ask<Figures>(use: (index: EventIndex) => Figures | Promise<Figures>): Promise<Figures>;
  stop(): void;
}

interface Copy {
  readonly index: EventIndex;
  /** What was read last. */
  readonly last: Entry;
}

/** Keeps a copy of the log, arranged for figures. Reads what is new at every request, and now and then. */
export function follow({ client, ask, keys, log, keptFrom }: FollowerOptions): Follower {
  const turns = inTurns();
  const nameOf = entryNames();
  let copy: Copy = { index: new EventIndex(), last: ['', ''] };
  const upToDate = async (): Promise<EventIndex> => {
    let now = copy;
    for (;;) {
      const page = await readLog({ client, ask }, keys, now.last);
      // Of another log only a whole copy takes the place of the one before.
      const index = page.whole && now.last[0] !== '' ? new EventIndex() : now.index;
      if (page.records !== '') await turns(() => addRecords(index, page.records));
      now = { index, last: page.last };
      if (index === copy.index) copy = now;
      if (page.more) continue;
      if (page.logged !== '+inf') {
        // Somebody else writes: another look at once would find the same.
        if (!(await takeOver({ client, ask }, keys, nameOf, page.logged))) await delay(TRY_AGAIN_MS);
        continue;
      }
      copy = now;
      if (index.size > page.events * SPARE.share + SPARE.events) await turns(() => index.forget(keptFrom()));
      return index;
    }
  };
  const shared = sharing(upToDate);
  const look = (): void => {
    // Whoever asks next is told what is wrong.
    if (client.status === 'ready') shared().catch((error) => log.debug('the log of events was not read', { error }));
  };
  client.on('ready', look);
  const looks = setInterval(look, LOOK_EVERY_MS).unref();
  return {
    ask: async (use) => {
      const index = await within(LONGEST_WAIT_MS, 'the log of events', shared()).catch((error) => {
        if (error instanceof RequestError) throw error;
        throw new RequestError(503, 'figures are being made of the events that are stored: ask again in a moment');
      });
      return turns(() => use(index));
    },
    stop: () => clearInterval(looks),
  };
}

/** Whoever comes while one runs gets the result of the next one, all together: what this one has read may be older than what they know of. */
function sharing<T>(run: () => Promise<T>): () => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  let next: Promise<T> | undefined;
  return () => {
    next ??= last.then(() => {
      next = undefined;
      const current = run();
      last = current.catch(() => undefined);
      return current;
    });
    return next;
  };
}
