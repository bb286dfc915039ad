import { StackctlError } from '../../errors.ts';
import { type Emit, step } from '../../lib/events.ts';
import type { ObservedItem, OpenRecorder } from '../../stack/contract/record.ts';
import { createInOrder } from './in-order.ts';
import type { Encoder, Entry } from './record-format.ts';
import type { RecordingFile } from './recording-file.ts';

export interface RecordRun {
  readonly recorder: OpenRecorder;
  readonly encoder: Encoder;
  readonly file: RecordingFile;
  /** Undefined: no end of its own. */
  readonly count: number | undefined;
  readonly durationMs: number;
  /** Of the step. */
  readonly title: string;
  readonly clock: { now(): number };
  readonly emit: Emit;
  /** Ends the recording. */
  readonly stop: AbortSignal;
}

export interface RecordCounts {
  readonly recorded: number;
  readonly withoutCredentials: number;
  readonly bodiesNotRecorded: number;
  readonly unanswered: number;
  /** Behind later ones in the file, because those did not wait for their answer. */
  readonly outOfOrder: number;
}

export interface Recorded {
  readonly counts: RecordCounts;
  readonly ended: 'count' | 'duration' | 'stopped' | 'lost';
  /** Why what was recorded went away; undefined: it did not. */
  readonly loss: StackctlError | undefined;
  readonly durationMs: number;
}

/** Characters of entries that wait for an earlier request to be answered. */
const MOST_HELD = 4 * 1024 * 1024;
/** Longer than a recorder gives the requests that have come. */
const END_MS = 5000;
const SHOW_EVERY_MS = 100;

/**
 * Writes what a recorder tells until an end comes, each item once and, as far as requests are answered in time, in the order in
 * which they came. Closes neither recorder nor file.
 * @throws E_DISK_FULL, E_STATE_UNWRITABLE
 */
export async function runRecord(run: RecordRun): Promise<Recorded> {
  const { clock, emit, title } = run;
  const startedAt = clock.now();
  const sheet = createSheet(run);
  const work = async (progress: (detail: string) => void): Promise<Pick<Recorded, 'ended' | 'loss'>> => {
    const timer = setInterval(() => progress(`${sheet.counts().recorded} recorded`), SHOW_EVERY_MS);
    try {
      return await recordUntilEnd(run, sheet);
    } finally {
      clearInterval(timer);
    }
  };
  const outcome = await step(emit, { id: 'record', title }, work, ({ ended }) => ({
    state: ended === 'lost' ? 'failed' : 'done',
    detail: `${sheet.counts().recorded} recorded`,
  }));
  return { ...outcome, counts: sheet.counts(), durationMs: clock.now() - startedAt };
}

async function recordUntilEnd(
  { recorder, durationMs, stop }: RecordRun,
  sheet: Sheet,
): Promise<Pick<Recorded, 'ended' | 'loss'>> {
  let ended: Recorded['ended'] | undefined;
  let limit: NodeJS.Timeout | undefined;
  const finish = (why: Recorded['ended']): void => {
    clearTimeout(limit);
    ended = why;
    recorder.finish();
    // One that is frozen never says that it has ended.
    limit = setTimeout(() => void recorder.close(), END_MS);
  };
  const stopped = (): void => finish('stopped');
  limit = setTimeout(finish, durationMs, 'duration');
  if (stop.aborted) stopped();
  else stop.addEventListener('abort', stopped, { once: true });
  try {
    for await (const items of recorder.items) {
      await sheet.add(items);
      if (sheet.isFull()) return { ended: 'count', loss: undefined };
    }
    await sheet.addRest();
    if (sheet.isFull()) return { ended: 'count', loss: undefined };
    // A gateway that is stopped ends the recording in good order.
    return ended === undefined ? { ended: 'lost', loss: endedByItself(recorder) } : { ended, loss: undefined };
  } catch (error) {
    if (!(error instanceof StackctlError) || error.code !== 'E_NOT_READY') throw error;
    await sheet.addRest();
    return { ended: 'lost', loss: error };
  } finally {
    clearTimeout(limit);
    stop.removeEventListener('abort', stopped);
  }
}

function endedByItself({ at }: OpenRecorder): StackctlError {
  return new StackctlError('E_NOT_READY', `${at} was stopped`, { hint: 'Run: stackctl status' });
}

type Sheet = ReturnType<typeof createSheet>;

/** What is in the file, and what waits to be. */
function createSheet({ encoder, file, count = Number.POSITIVE_INFINITY }: RecordRun) {
  const order = createInOrder<Entry & { readonly sequence: number }>(MOST_HELD);
  let [recorded, withoutCredentials, bodiesNotRecorded, unanswered] = [0, 0, 0, 0];
  const write = async (entries: readonly Entry[]): Promise<void> => {
    let text = '';
    for (const entry of entries) {
      if (recorded >= count) break;
      withoutCredentials += Number(entry.isWithoutCredentials);
      bodiesNotRecorded += Number(entry.isBodyMissing);
      unanswered += Number(entry.isUnanswered);
      if (entry.text === undefined) continue;
      text += recorded === 0 ? entry.text : encoder.separator + entry.text;
      recorded += 1;
    }
    if (text !== '') await file.append(text);
  };
  return {
    counts: (): RecordCounts => ({
      recorded,
      withoutCredentials,
      bodiesNotRecorded,
      unanswered,
      outOfOrder: order.late,
    }),
    isFull: () => recorded >= count,
    add: (items: readonly ObservedItem[]) => {
      const entries = items.flatMap((item): readonly Entry[] => {
        const entry = encoder.encode(item);
        if (item.type !== 'http') return [entry];
        return order.push({ ...entry, sequence: item.sequence }, entry.text?.length ?? 0);
      });
      return write(entries);
    },
    addRest: () => write(order.rest()),
  };
}
