import type { IncomingMessage, ServerResponse } from 'node:http';

/**
 * Passes the body of an answer on as it comes, no faster than the client takes it. `stream.pipeline` does the same and takes longer
 * than the rest of what is done for a small request.
 * @param done once: when all was passed on, or with why the upstream broke off.
 */
export function passOn(response: IncomingMessage, outgoing: ServerResponse, done: (error?: Error) => void): void {
  let isOver = false;
  const end = (error?: Error): void => {
    if (isOver) return;
    isOver = true;
    done(error);
  };
  response.on('data', (chunk: Buffer) => {
    if (outgoing.write(chunk)) return;
    response.pause();
    outgoing.once('drain', () => response.resume());
  });
  response.once('end', () => {
    outgoing.end();
    end();
  });
  response.once('error', end);
  response.once('close', () => end(new Error('the answer ended too early')));
}
