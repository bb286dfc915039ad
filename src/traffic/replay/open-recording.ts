import { readCsv } from './read-csv.ts';
import { readHar } from './read-har.ts';
import { readJsonl } from './read-jsonl.ts';
import { readMonitor } from './read-monitor.ts';
import { readVegeta } from './read-vegeta.ts';
import { HEAD_BYTES, recognisedFormat } from './recognised-format.ts';
import { RECORDING_FORMATS, type RecordedItem, type RecordingFormat } from './recorded-item.ts';
import { type ByteSource, chunksOf, peeked, STANDARD_INPUT, unpacked } from './recording-chunks.ts';
import { type RecordingReader, recordingInvalid } from './source.ts';
import type { Tally } from './tally.ts';

export interface RecordingInput extends ByteSource {
  /** Undefined: recognised by the content. */
  readonly format: RecordingFormat | undefined;
  /** Name of the field (JSONL) or column (CSV) that has the instant; undefined: the first of `TIME_FIELDS` that is there. */
  readonly timeField: string | undefined;
  /** Whether requests of HTTP are replayed with their cookies and authorization. */
  readonly keepCredentials: boolean;
  /** Bytes that a line, or an entry of a HAR without its response, may have; default: 16 MiB. */
  readonly longestBytes?: number;
}

export interface Recording {
  readonly format: RecordingFormat;
  /**
   * In the order of the recording; to be read once. A mistake is thrown in place of the item that has it: E_RECORDING_INVALID
   * with file, line and field.
   */
  readonly items: AsyncGenerator<RecordedItem>;
  /** Closes the file of a recording that is not read to its end. */
  close(): Promise<void>;
}

const LONGEST_BYTES = 16 * 1024 * 1024;

const READERS: Readonly<Record<RecordingFormat, RecordingReader>> = {
  ...{ jsonl: readJsonl, csv: readCsv, har: readHar, monitor: readMonitor, vegeta: readVegeta },
};

/**
 * Opens a recording, plain or packed with gzip, and reads as much of it as is needed to know its format. However large it is,
 * no more of it than a chunk and an item are in memory.
 * @param tally counts what is left out while items are read.
 * @throws E_RECORDING_NOT_FOUND; E_RECORDING_INVALID for an unknown format, and for a recording with nothing in it;
 *   E_STATE_UNREADABLE
 */
export async function openRecording(input: RecordingInput, tally: Tally): Promise<Recording> {
  const { path, format: wanted, timeField, keepCredentials, longestBytes = LONGEST_BYTES } = input;
  const file = path === STANDARD_INPUT ? 'standard input' : path;
  const bytes = unpacked(file, chunksOf(input));
  const recognised = (head: Buffer, isAll: boolean) =>
    wanted ?? recognisedFormat({ text: head.toString('utf8', 0, HEAD_BYTES), isAll, timeField });
  const { head, all: chunks } = await peeked(
    bytes,
    (soFar) => recognised(soFar, soFar.length >= HEAD_BYTES) !== 'unclear',
  );
  const format = recognised(head, true);
  const close = async (): Promise<void> => {
    await bytes.return(undefined);
  };
  if (format === 'unclear' || format === 'unknown' || format === 'empty') {
    await close();
    throw recordingInvalid(file, { message: format === 'empty' ? 'is empty' : UNKNOWN });
  }
  const items = READERS[format]({ file, chunks, tally, timeField, keepCredentials, longestBytes });
  return { format, items, close };
}

const UNKNOWN = `does not begin like one of the formats ${RECORDING_FORMATS.join(', ')}; a table of CSV begins with a row of names, one of which is that of the instant`;
