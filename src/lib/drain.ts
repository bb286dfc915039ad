import type { Writable } from 'node:stream';

/** Waits until everything written to the stream has left the process. Resolves with the error that kept it from that. */
export function drain(stream: Writable): Promise<Error | undefined> {
  return new Promise((resolve) => {
    if (stream.destroyed || stream.errored !== null) resolve(stream.errored ?? undefined);
    else stream.write('', (error) => resolve(error ?? undefined));
  });
}
