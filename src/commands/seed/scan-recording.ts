import type { ReplayReading } from '../../traffic/replay/read-replay.ts';

export interface Scanned {
  /** Names of the fields of events, in the order in which they were first met. */
  readonly fields: readonly string[];
}

/** Reads a recording to its end, so that what is wrong with it is known before any of it is sent. @throws as its items. */
export async function scanRecording({ items }: ReplayReading, signal: AbortSignal): Promise<Scanned> {
  const fields = new Set<string>();
  for await (const { item } of items) {
    signal.throwIfAborted();
    if (item.request.type === 'event') for (const field of Object.keys(item.request.body)) fields.add(field);
  }
  return { fields: [...fields] };
}
