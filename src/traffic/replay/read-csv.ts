import { formatBytes } from '../../lib/bytes.ts';
import { type CsvRecord, type OpenRecord, readRecord } from './csv-record.ts';
import { linesOf } from './lines.ts';
import { recordedInstant, TIME_FIELDS, timeFieldOf } from './recorded-instant.ts';
import type { RecordedItem } from './recorded-item.ts';
import { type RecordingSource, recordingInvalid } from './source.ts';

interface Row {
  /** Where it begins. */
  readonly line: number;
  readonly fields: readonly string[];
  readonly isEnded: boolean;
}

interface Columns {
  readonly names: readonly string[];
  readonly time: string;
  readonly timeIndex: number;
}

/**
 * Events, a record in each row below a row of names; fields are separated by commas, blank lines are none. Every value is text.
 * `recorded-instant.ts` says which column has the instant. The last row may end without a line break (RFC 4180): whether
 * its last field was cut off cannot be seen then.
 * @throws E_RECORDING_INVALID
 */
export async function* readCsv(source: RecordingSource): AsyncGenerator<RecordedItem> {
  let columns: Columns | undefined;
  for await (const row of rowsOf(source)) {
    if (columns === undefined) {
      columns = columnsOf(source, row);
      continue;
    }
    const item = itemOf(source, columns, row);
    if (item !== undefined) yield item;
  }
  if (columns === undefined)
    throw recordingInvalid(source.file, { message: 'is empty: a first row must name the columns' });
}

async function* rowsOf(source: RecordingSource): AsyncGenerator<Row> {
  const { file, longestBytes } = source;
  let open: (OpenRecord & { readonly line: number; readonly length: number }) | undefined;
  for await (const lines of linesOf(source)) {
    for (const { number, text, isEnded } of lines) {
      if (open === undefined && (text === '' || text === '\r')) continue;
      const record: CsvRecord = readRecord(text, open);
      const line = open?.line ?? number;
      if (record.type === 'broken')
        throw recordingInvalid(file, { line: number, column: record.column, message: record.message });
      if (record.type === 'whole') {
        yield { line, fields: record.fields, isEnded };
        open = undefined;
        continue;
      }
      const length: number = (open?.length ?? 0) + text.length + 1;
      if (length > longestBytes)
        throw recordingInvalid(file, { line, message: `begins a row longer than ${formatBytes(longestBytes)}` });
      open = { ...record, line, length };
      if (isEnded) continue;
      // A quotation mark that was forgotten far above would make one row of all that follows.
      if (line !== number) throw unclosed(source, line);
      source.tally.cutOff();
      return;
    }
  }
  if (open !== undefined) throw unclosed(source, open.line);
}

function unclosed({ file }: RecordingSource, line: number): Error {
  return recordingInvalid(file, { line, message: 'begins a field in quotation marks that the file never closes' });
}

function columnsOf({ file, timeField }: RecordingSource, { line, fields }: Row): Columns {
  const twice = fields.find((name, index) => fields.indexOf(name) !== index);
  if (fields.includes('')) throw recordingInvalid(file, { line, message: 'has a column without a name' });
  if (twice !== undefined) throw recordingInvalid(file, { line, field: twice, message: 'names two columns' });
  const time = timeFieldOf(new Set(fields), timeField);
  if (time !== undefined) return { names: fields, time, timeIndex: fields.indexOf(time) };
  const wanted = timeField === undefined ? `none of the columns ${TIME_FIELDS.join(', ')}` : `no column ${timeField}`;
  throw recordingInvalid(file, { line, message: `has ${wanted}, separated by commas: an event needs its instant` });
}

function itemOf(source: RecordingSource, { names, time, timeIndex }: Columns, row: Row): RecordedItem | undefined {
  const { line, fields, isEnded } = row;
  const isShort = fields.length < names.length;
  const instant = recordedInstant(fields[timeIndex]);
  if (!isEnded && (isShort || 'problem' in instant)) {
    source.tally.cutOff();
    return undefined;
  }
  if (fields.length !== names.length)
    throw recordingInvalid(source.file, { line, message: `has ${fields.length} fields for ${names.length} columns` });
  if ('problem' in instant) throw recordingInvalid(source.file, { line, field: time, message: instant.problem });
  const body = Object.fromEntries(names.map((name, index) => [name, fields[index]]));
  return { line, atMs: instant.ms, request: { type: 'event', body } };
}
