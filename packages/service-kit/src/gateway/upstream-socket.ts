import { Socket } from 'node:net';

/** Milliseconds for which an answer may still be read after its upstream has stopped to read the request. */
const EARLY_ANSWER_MS = 500;

type Done = (error?: NodeJS.ErrnoException | null) => void;

/**
 * An upstream may answer before it has read everything, and close. The next write then fails while the answer waits to be
 * read, and a socket that failed reads no more: here such a failure is told a little later, when the answer is read.
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
      const tell = (): void => {
        clearTimeout(limit);
        this.off('end', tell);
        this.off('close', tell);
        done(error);
      };
      const limit = setTimeout(tell, EARLY_ANSWER_MS);
      this.once('end', tell);
      this.once('close', tell);
    };
  }
}
