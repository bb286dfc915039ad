/** What the error of a write means, by the first word of an error reply (its code in the protocol). */

/** Error replies that the server gives instead of applying a write, because of its own state: another one may take it. */
const NOT_NOW: ReadonlySet<string> = new Set([
  'READONLY',
  'NOREPLICAS',
  'LOADING',
  'MASTERDOWN',
  'MISCONF',
  'OOM',
  'BUSY',
  'TRYAGAIN',
]);
/** Error replies that the server gives instead of applying a write, because of the write. */
const NEVER: ReadonlySet<string> = new Set(['NOAUTH', 'WRONGPASS', 'NOPERM', 'WRONGTYPE', 'EXECABORT']);

export interface Refusal {
  /** Short and free of addresses, so that equal causes can be counted. */
  readonly reason: string;
  /** Waiting, or another server, may help. */
  readonly unreachable: boolean;
}

/** Undefined when the error does not prove that the write was not applied. */
export function refusalOf(error: unknown): Refusal | undefined {
  if (!(error instanceof Error) || error.name !== 'ReplyError') return undefined;
  const code = error.message.split(' ', 1)[0] ?? '';
  if (NOT_NOW.has(code)) return { reason: code, unreachable: true };
  return NEVER.has(code) ? { reason: code, unreachable: false } : undefined;
}
