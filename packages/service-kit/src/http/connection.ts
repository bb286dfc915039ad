import type { Socket } from 'node:net';
import type { AnswerHead } from './answer-head.ts';
import { type AnswerParts, AnswerReader } from './answer-reader.ts';

/** Who waits for an answer. After `end` or `failed` nothing more is said. */
export interface Asker extends AnswerParts {
  /** This is all that has come by now; the answer goes on. */
  arrived?(): void;
  /** The answer is complete. */
  end(): void;
  /** The answer has not come, or not all of it. */
  failed(error: Error): void;
  /** The socket's timeout is over: no byte from or to the server for so long. */
  idle?(): void;
}

/** Where a connection goes that may serve another request. */
export interface Keeper {
  keep(connection: Connection): void;
  forget(connection: Connection): void;
}

/** One connection to a server, which serves one request after the other. */
export class Connection {
  /** Whether it has served a request before. */
  isKept = false;
  /** Of `performance.now()`: it is not used any more from then on. */
  usableUntil = 0;
  private reader: AnswerReader | undefined;
  private asker: Asker | undefined;
  private keepsForMs = 0;
  private isSent = false;

  constructor(
    readonly socket: Socket,
    private readonly keeper: Keeper,
  ) {
    const closed = (): void => this.lost(new Error('the connection was closed'), true);
    socket.on('data', (bytes: Buffer) => this.read(bytes));
    socket.on('end', closed);
    socket.on('close', closed);
    socket.on('error', (error: Error) => this.lost(error, false));
    socket.on('timeout', () => (this.asker === undefined ? socket.destroy() : this.asker.idle?.()));
  }

  /** The next answer is for this one. To be called before anything of the request is written. */
  ask(method: string, asker: Asker): void {
    this.asker = asker;
    this.isSent = false;
    this.reader = new AnswerReader(method === 'HEAD', {
      head: (head: AnswerHead) => {
        this.keepsForMs = head.keepsForMs;
        asker.head(head);
      },
      body: (bytes) => asker.body(bytes),
    });
  }

  /** The whole request was written: only then the connection may serve another one. */
  sent(): void {
    this.isSent = true;
  }

  /** Ends it; whoever waits for an answer hears of this. */
  destroy(error: Error): void {
    this.lost(error, false);
    this.socket.destroy();
  }

  private read(bytes: Buffer): void {
    const { reader, asker } = this;
    // Nobody has asked for it.
    if (reader === undefined || asker === undefined) return void this.socket.destroy();
    try {
      const isMore = reader.push(bytes);
      // Who asked may have given it up meanwhile.
      if (this.asker !== asker) return;
      if (reader.isOver) this.answered(asker, isMore);
      else asker.arrived?.();
    } catch (error) {
      this.destroy(error as Error);
    }
  }

  /** @param isLast whether nothing more may come of this connection. */
  private answered(asker: Asker, isLast: boolean): void {
    const { socket } = this;
    this.asker = undefined;
    this.reader = undefined;
    // What was not sent yet must not be taken for another request.
    if (isLast || !this.isSent || this.keepsForMs === 0 || socket.writableLength > 0 || !socket.writable) {
      socket.destroy();
    } else {
      this.isKept = true;
      this.usableUntil = performance.now() + this.keepsForMs;
      socket.resume();
      this.keeper.keep(this);
    }
    asker.end();
  }

  private lost(error: Error, inOrder: boolean): void {
    this.keeper.forget(this);
    const { asker, reader } = this;
    if (asker === undefined) return;
    if (inOrder && reader?.close()) {
      this.answered(asker, true);
      return;
    }
    this.asker = undefined;
    this.socket.destroy();
    asker.failed(error);
  }
}
