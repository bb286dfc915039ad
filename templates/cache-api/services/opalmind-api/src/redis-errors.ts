/** What goes wrong between the API and Redis, and what it means. */

/** Redis cannot be used now; the message says why. */
export class RedisAway extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'RedisAway';
  }
}

export class NoAnswer extends Error {
  constructor(afterMs: number) {
    super(`no answer within ${Math.round(afterMs)} ms`);
    this.name = 'NoAnswer';
  }
}

/** Answers that mean that Redis as a whole is of no use now, not this one command. */
const UNUSABLE =
  /^(LOADING|NOAUTH|WRONGPASS|NOPERM|READONLY|MASTERDOWN|MISCONF|OOM|EXECABORT|NOREPLICAS|BUSY|CLUSTERDOWN)\b/;

/** Whether the error says that Redis is of no use now: it gave no proper answer, or refuses whatever is asked. */
export function isUnusable(error: unknown): boolean {
  return !isReply(error) || UNUSABLE.test(reasonOf(error));
}

/** An error that Redis answered with, as opposed to no answer. */
function isReply(error: unknown): boolean {
  return error instanceof Error && error.name === 'ReplyError';
}

/** Codes and texts of errors in the words of people. */
const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'Connection refused',
  ECONNRESET: 'Connection reset',
  ENOTFOUND: 'Host not found',
  EAI_AGAIN: 'Host not found',
  ETIMEDOUT: 'Connection timed out',
  EHOSTUNREACH: 'Host unreachable',
  // ioredis' own: for commands that were under way, and for those that came too late.
  'Connection is closed.': 'Connection closed',
  "Stream isn't writeable and enableOfflineQueue options is false": 'Connection closed',
};

/** Why, in one line. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code } = error as Error & { readonly code?: unknown };
  return WORDS[String(code)] ?? WORDS[error.message] ?? (error.message === '' ? error.name : error.message);
}
