/** Finds the events of a traffic run in a list. In pages, so that no reply is large. */
import type { Redis } from 'ioredis';
import { createIdTally, type IdTally } from '../../stack/contract/id-tally.ts';

const PAGE = 1000;
const PAGE_BYTES = 1024 * 1024;
/** Who pops from a list all the time moves it all the time. */
const ATTEMPTS = 20;

/**
 * The events in what a list has got since it had so many elements, at either end. Nothing can be said of a list whose elements move
 * while it is read.
 * @throws Error when they do so again and again.
 */
export async function tallyList(
  client: Redis,
  { key, before }: { readonly key: string | Buffer; readonly before: number },
  runId: string,
  signal: AbortSignal,
): Promise<IdTally> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const tally = createIdTally(runId);
    if (await isSteady(client, { key, before }, tally, signal)) return tally;
  }
  throw new Error('its elements move while they are read: somebody takes them from the list or adds to its head');
}

/** @returns false when the elements moved meanwhile: the tally is worth nothing then. */
async function isSteady(
  client: Redis,
  { key, before }: { readonly key: string | Buffer; readonly before: number },
  tally: IdTally,
  signal: AbortSignal,
): Promise<boolean> {
  const length = await client.llen(key);
  const added = length - before;
  if (added <= 0) return true;
  const ends =
    2 * added >= length
      ? ([[0, length]] as const)
      : ([
          [0, added],
          [before, length],
        ] as const);
  for (const [from, to] of ends) {
    let last: Buffer | undefined;
    let page = PAGE;
    for (let at = from; at < to; ) {
      signal.throwIfAborted();
      // With the last one of the page before: where another one stands in its place, all of them have moved.
      const begin: number = last === undefined ? at : at - 1;
      const reply = await client.lrangeBuffer(key, begin, Math.min(at + page, to) - 1);
      if (last !== undefined && reply.shift()?.equals(last) !== true) return false;
      if (reply.length === 0) return false;
      let bytes = 1;
      for (const element of reply) {
        tally.addAllIn(element.toString('latin1'));
        bytes += element.length;
      }
      last = reply.at(-1);
      at += reply.length;
      page = Math.max(1, Math.min(PAGE, Math.floor((reply.length * PAGE_BYTES) / bytes)));
    }
  }
  return true;
}
