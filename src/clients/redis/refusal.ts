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

/** Why a stream does not take an entry. The protocol has no code for it. */
export const ID_PASSED = 'the stream has an entry with a later id';
const SMALLER_ID = /^ERR The ID specified in XADD is equal or smaller/;

export interface Refusal {
  /** Short and free of addresses, so that equal causes can be counted. */
  readonly reason: string;
  /** Waiting, or another server, may help. */
  readonly unreachable: boolean;
}

/** Undefined when the error does not prove that the write was not applied. */
export function refusalOf(error: unknown): Refusal | undefined {
  if (!(error instanceof Error) || error.name !== 'ReplyError') return undefined;
  if (SMALLER_ID.test(error.message)) return { reason: ID_PASSED, unreachable: false };
  const code = error.message.split(' ', 1)[0] ?? '';
  if (NOT_NOW.has(code)) return { reason: code, unreachable: true };
  return NEVER.has(code) ? { reason: code, unreachable: false } : undefined;
}
