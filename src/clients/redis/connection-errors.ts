/** Errors of connections that are our own, in the words and with the codes of ioredis and of the system. */

export function connectionClosed(): Error {
  return new Error('Connection is closed.');
}

export function noReply(timeoutMs: number): Error {
  return Object.assign(new Error(`no reply within ${timeoutMs} ms`), { code: 'ETIMEDOUT' });
}

/**
 * Whether the server asks for no password: one that it is given all the same is no failure, e.g. where it still runs with the settings of
 * before. The reply has no code of its own, only the general ERR.
 */
export function wantsNoPassword(error: unknown): boolean {
  return error instanceof Error && error.message.includes('without any password configured');
}
