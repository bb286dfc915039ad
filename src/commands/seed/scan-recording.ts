import { StackctlError } from '../../errors.ts';
import type { ReplayReading } from '../../traffic/replay/read-replay.ts';

export interface Scanned {
  /** Names of the fields of events, in the order in which they were first met. */
  readonly fields: readonly string[];
}

/** Reads a recording to its end, so that what is wrong with it is known before any of it is sent. @throws as its items. */
export async function scanRecording(reading: ReplayReading, signal: AbortSignal): Promise<Scanned> {
  try {
    return await scanned(reading, signal);
  } catch (error) {
    if (!(error instanceof StackctlError) || error.code !== 'E_RECORDING_INVALID') throw error;
    const { code, message, details } = error;
    throw new StackctlError(code, message, { hint: NOTHING_SENT, details, cause: error });
  }
}

const NOTHING_SENT =
  'Nothing was sent. Mend or remove what is wrong, or say which format it has (--format, --time-field).';

async function scanned({ items }: ReplayReading, signal: AbortSignal): Promise<Scanned> {
  const fields = new Set<string>();
  for await (const { item } of items) {
    signal.throwIfAborted();
    if (item.request.type !== 'event') continue;
    for (const [field, value] of Object.entries(item.request.body)) if (value !== null) fields.add(field);
  }
  return { fields: [...fields] };
}
