/** What a reader of a format is given, and how it tells a mistake. */
import type { StackctlError } from '../../errors.ts';
import { defined } from '../../lib/defined.ts';
import { problemsError } from '../../stack/source/problem.ts';
import type { RecordedItem } from './recorded-item.ts';
import type { Tally } from './tally.ts';

export interface RecordingSource {
  /** As messages name it. */
  readonly file: string;
  /** Unpacked. */
  readonly chunks: AsyncIterable<Buffer>;
  readonly tally: Tally;
  /** Name of the field or column that has the instant; undefined: found by its name. */
  readonly timeField: string | undefined;
  /** Whether requests keep their cookies and authorization. */
  readonly keepCredentials: boolean;
  /** Bytes that a line, or an entry of a HAR without its response, may have. */
  readonly longestBytes: number;
}

export type RecordingReader = (source: RecordingSource) => AsyncGenerator<RecordedItem>;

export interface RecordingMistake {
  /** From 1; undefined: the recording as a whole. */
  readonly line?: number;
  readonly column?: number;
  /** Path of the field, e.g. `request.url`. */
  readonly field?: string;
  /** The rest of a sentence about the field or the line. Never what stands there: it may be a secret. */
  readonly message: string;
}

/** E_RECORDING_INVALID for one mistake, with its place. */
export function recordingInvalid(file: string, { line, column, field = '', message }: RecordingMistake): StackctlError {
  const problem = { file, ...defined({ line, column }), field, message };
  return problemsError('E_RECORDING_INVALID', file, [problem], line === undefined ? OTHER_FILE : OTHER_LINE);
}

const OTHER_FILE = 'Nothing of it was sent. Give another recording, or say which format it has.';
const OTHER_LINE = 'Nothing of this line was sent. Mend or remove it, or say which format the recording has.';
