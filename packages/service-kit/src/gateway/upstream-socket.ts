import { Socket } from 'node:net';

/** Milliseconds for which an answer may still be read after its upstream has stopped to read the request. */
const EARLY_ANSWER_MS = 500;

type Done = (error?: NodeJS.ErrnoException | null) => void;

/**
 * An upstream may answer before it has read everything, and close. The next write then fails while the answer waits to be
 * read, and a socket that has failed reads nothing more: here such a failure is reported after the answer was read.
 */
export class UpstreamSocket extends Socket {
  override _write(chunk: unknown, encoding: BufferEncoding, done: Done): void {
    super._write(chunk, encoding, this.#afterAnswer(done));
  }

  override _writev(chunks: { chunk: unknown; encoding: BufferEncoding }[], done: Done): void {
    super._writev?.(chunks, this.#afterAnswer(done));
  }

  #afterAnswer(done: Done): Done {
    return (error) => {
      if (error?.code !== 'EPIPE' && error?.code !== 'ECONNRESET') return done(error);
      const report = (): void => {
        clearTimeout(limit);
        this.off('end', report);
        this.off('close', report);
        done(error);
      };
      const limit = setTimeout(report, EARLY_ANSWER_MS);
      this.once('end', report);
      this.once('close', report);
    };
  }
}
