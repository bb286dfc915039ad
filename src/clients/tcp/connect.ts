import { connect } from 'node:net';
import { StackctlError } from '../../errors.ts';
import type { Address } from '../../stack/contract/model.ts';

/** A proxy of published ports takes every connection, and ends those behind which nobody listens. */
const KEPT_MS = 250;

/**
 * Makes a connection and ends it again. It counts when the other side says something, or keeps the connection for a quarter of a
 * second: the kernel and a proxy take connections for a program, too.
 * @param timeoutMs for the connection to be made.
 * @param keptMs for how long it has to be kept by a side that says nothing.
 * @throws the network's error; E_NOT_READY when the other side ends the connection at once, or after the deadline.
 */
export function tryConnection(
  { host, port }: Address,
  timeoutMs: number,
  signal: AbortSignal,
  keptMs: number = KEPT_MS,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port });
    const end = (error?: Error): void => {
      clearTimeout(limit);
      signal.removeEventListener('abort', abort);
      socket.destroy();
      if (error === undefined) resolve();
      else reject(error);
    };
    const abort = () => end(signal.reason as Error);
    let limit = setTimeout(() => end(notReady(`no connection within ${timeoutMs} ms`)), timeoutMs);
    signal.addEventListener('abort', abort, { once: true });
    socket.once('connect', () => {
      clearTimeout(limit);
      limit = setTimeout(() => end(), keptMs);
    });
    socket.once('data', () => end());
    socket.once('error', end);
    socket.once('end', () => end(notReady('the connection is ended at once')));
    socket.once('close', () => end(notReady('the connection is ended at once')));
  });
}

function notReady(message: string): StackctlError {
  return new StackctlError('E_NOT_READY', message);
}
