import type { TrackedEvent } from './event.ts';

export interface EventList {
  /** Minutes. */
  readonly window: number;
  /** How many events are in the window; undefined: as many as the pages have. */
  readonly count: number | undefined;
  readonly pages: AsyncIterable<readonly TrackedEvent[]>;
}

/**
 * `{window, events, count}` as JSON, page by page: a client that reads slowly is waited for, and others are served meanwhile.
 * @throws what the first page fails with; a later one breaks the connection.
 */
export async function eventList({ window, count, pages }: EventList): Promise<Response> {
  const source = pages[Symbol.asyncIterator]();
  let page = await source.next();
  async function* texts(): AsyncGenerator<Uint8Array, void> {
    const encoder = new TextEncoder();
    let listed = 0;
    yield encoder.encode(`{"window":${window},"events":[`);
    while (page.done !== true) {
      const text = page.value.map((event) => JSON.stringify(event)).join(',');
      if (text !== '') yield encoder.encode(listed === 0 ? text : `,${text}`);
      listed += page.value.length;
      page = await source.next();
    }
    yield encoder.encode(`],"count":${count ?? listed}}`);
  }
  return new Response(ReadableStream.from(texts()), { headers: { 'content-type': 'application/json' } });
}
