/** How the events of a traffic run are named: ids that tell their run and their place in it. Pure. */

const RUN_ID = /^[0-9a-f]{8}-[0-9a-f]{4}$/;
const AFTER_RUN_ID = '-8000-8000-';

/** Whether a text is one, as reports print it. */
export function isRunId(text: string): boolean {
  return RUN_ID.test(text);
}

/** The run id of 6 bytes: two groups of a UUID. */
export function runIdOf(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes.subarray(0, 6)).toString('hex');
  const runId = `${hex.slice(0, 8)}-${hex.slice(8)}`;
  if (!RUN_ID.test(runId)) throw new Error(`6 bytes make a run id, not ${bytes.length}`);
  return runId;
}

/**
 * Id of an event: a UUID (version 8) that begins with the run and ends with the sequence, so that all ids of a run share
 * a prefix and an id identifies the event.
 */
export function eventId(runId: string, sequence: number): string {
  return `${runId}${AFTER_RUN_ID}${sequence.toString(16).padStart(12, '0')}`;
}

/** The same for all events of a run, which are made in about the order of their sequences. */
export function eventIds(runId: string): (sequence: number) => string {
  let [block, blockText] = [-1, ''];
  return (sequence) => {
    const rest = sequence & LAST_DIGITS;
    const own = (sequence - rest) / (LAST_DIGITS + 1);
    if (own !== block) {
      block = own;
      blockText = runId + AFTER_RUN_ID + own.toString(16).padStart(9, '0');
    }
    return blockText + (hexTails[rest] ?? '');
  };
}

const LAST_DIGITS = 0xfff;
const hexTails = Array.from({ length: LAST_DIGITS + 1 }, (_, tail) => tail.toString(16).padStart(3, '0'));

/** What all ids of a run begin with; the digits of the sequence follow. */
export function idPrefix(runId: string): string {
  return runId + AFTER_RUN_ID;
}

export const SEQUENCE_DIGITS = 12;

/** What begins with an id of a run and nothing else does, for a server's regular expressions: an application may put more behind it. */
export function idPattern(runId: string): string {
  return `^${idPrefix(runId)}[0-9a-f]{${SEQUENCE_DIGITS}}`;
}

/** The sequence whose digits begin here; undefined: these are no digits. */
export function sequenceAt(text: string, begin: number): number | undefined {
  let sequence = 0;
  for (let at = begin; at < begin + SEQUENCE_DIGITS; at++) {
    const digit = hexDigit(text.charCodeAt(at));
    if (digit === -1) return undefined;
    sequence = sequence * 16 + digit;
  }
  return sequence;
}

/** 0 to 15 of a digit in lower case; -1 for another character. */
function hexDigit(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  return code >= 97 && code <= 102 ? code - 87 : -1;
}

/** Every id of this run that a text mentions, in their order, each as often as it is there. */
export function idsIn(text: string, runId: string): readonly string[] {
  const found: string[] = [];
  const prefix = idPrefix(runId);
  for (let at = text.indexOf(prefix); at !== -1; at = text.indexOf(prefix, at + 1)) {
    const end = at + prefix.length + SEQUENCE_DIGITS;
    if (end <= text.length && sequenceAt(text, at + prefix.length) !== undefined) found.push(text.slice(at, end));
  }
  return found;
}
