/**
 * What the error of a write means, by the first word of an error reply (its code in the protocol).
 *
 * Only an error reply proves that the server did not apply the write. Everything else that can go wrong after the bytes
 * may have left (no reply in time, a reset or closed connection) says nothing: if that was called `failed`, an
 * applied write would look like a phantom, and the loss of an applied write would not be seen.
 */
export interface Classification {
  readonly type: 'failed' | 'unknown';
  /** Short and free of addresses, so that equal causes can be counted. */
  readonly error: string;
  /** `keep`: the server answers and may be the master. `drop`: the connection is of no use any more. */
  readonly connection: 'keep' | 'drop';
}

/** Error replies that the server gives instead of applying a write. */
const REFUSALS: ReadonlySet<string> = new Set([
  'READONLY',
  'NOREPLICAS',
  'LOADING',
  'MASTERDOWN',
  'NOAUTH',
  'NOPERM',
  'OOM',
  'MISCONF',
  'BUSY',
  'EXECABORT',
]);

export function classify(error: unknown): Classification {
  if (!(error instanceof Error)) return { type: 'unknown', error: String(error), connection: 'drop' };
  if (error.name !== 'ReplyError') return { type: 'unknown', error: error.message, connection: 'drop' };
  const code = error.message.split(' ', 1)[0] ?? '';
  return { type: REFUSALS.has(code) ? 'failed' : 'unknown', error: code, connection: 'keep' };
}
