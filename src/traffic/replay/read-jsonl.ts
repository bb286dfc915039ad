import { linesOf, type RecordedLine } from './lines.ts';
import { recordedInstant, TIME_FIELDS, timeFieldOf } from './recorded-instant.ts';
import type { RecordedItem } from './recorded-item.ts';
import { type RecordingSource, recordingInvalid } from './source.ts';

/**
 * Events, an object of JSON in each line; blank lines are none. `recorded-instant.ts` says which field has the instant.
 * @throws E_RECORDING_INVALID
 */
export async function* readJsonl(source: RecordingSource): AsyncGenerator<RecordedItem> {
  for await (const lines of linesOf(source)) {
    for (const line of lines) {
      const body = objectOf(source, line);
      if (body === undefined) continue;
      refuseLongNumbers(source, line, body);
      yield {
        line: line.number,
        atMs: instantIn(source, line, body),
        request: { type: 'event', body },
      };
    }
  }
}

/**
 * The object of JSON in a line; undefined for a blank line, and for one that was cut off, which is counted.
 * @throws E_RECORDING_INVALID
 */
export function objectOf(source: RecordingSource, line: RecordedLine): Readonly<Record<string, unknown>> | undefined {
  if (line.text.trim() === '') return undefined;
  const value = parsed(line.text);
  if (value === undefined && !line.isEnded) {
    source.tally.cutOff();
    return undefined;
  }
  if (isObject(value)) return value;
  throw recordingInvalid(source.file, {
    line: line.number,
    message: value === undefined ? 'is not JSON' : 'must be an object of JSON',
  });
}

/** A number keeps about 16 digits: an id with more of them would be sent as another one. @throws E_RECORDING_INVALID */
function refuseLongNumbers(source: RecordingSource, line: RecordedLine, body: Readonly<Record<string, unknown>>): void {
  const field = Object.keys(body).find((name) => hasLongNumber(body[name]));
  if (field === undefined) return;
  const message = 'has a whole number with more digits than can be kept: write it as text';
  throw recordingInvalid(source.file, { line: line.number, field, message });
}

function hasLongNumber(value: unknown): boolean {
  if (typeof value === 'number') return Number.isInteger(value) && !Number.isSafeInteger(value);
  return typeof value === 'object' && value !== null && Object.values(value).some(hasLongNumber);
}

/** Undefined for what is not JSON, which has no such value. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function instantIn({ file, timeField }: RecordingSource, { number: line }: RecordedLine, body: object): number {
  const field = timeFieldOf({ has: (name) => Object.hasOwn(body, name) }, timeField);
  if (field === undefined) {
    const message = timeField === undefined ? `has none of the fields ${TIME_FIELDS.join(', ')}` : 'is missing';
    throw recordingInvalid(file, { line, field: timeField ?? '', message: `${message}: an event needs its instant` });
  }
  const instant = recordedInstant((body as Readonly<Record<string, unknown>>)[field]);
  if ('problem' in instant) throw recordingInvalid(file, { line, field, message: instant.problem });
  return instant.ms;
}
