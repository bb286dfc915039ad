import { type AnswerHead, answerHead } from './answer-head.ts';

/** What a reader tells of one answer: its head, then the pieces of its body. */
export interface AnswerParts {
  head(head: AnswerHead): void;
  /** Never empty. */
  body(bytes: Buffer): void;
}

const MOST_HEAD_BYTES = 16 * 1024;
const NOTHING = Buffer.alloc(0);
const CHUNK_SIZE = /^([\da-f]{1,8})[ \t]*(?:;.*)?$/i;

type State = 'head' | 'counted' | 'chunk size' | 'chunk' | 'chunk end' | 'trailers' | 'until closed' | 'over';

/** Reads one answer of HTTP/1.1 from the pieces of a connection. Interim answers (1xx) before it are passed over. Pure. */
export class AnswerReader {
  private state: State = 'head';
  /** Of the body, or of the chunk, in bytes. */
  private left = 0;
  /** The begin of a head or a line whose rest has not come yet. */
  private begun: Buffer = NOTHING;

  constructor(
    private readonly isHead: boolean,
    private readonly parts: AnswerParts,
  ) {}

  get isOver(): boolean {
    return this.state === 'over';
  }

  /** @returns whether there were bytes behind the end. @throws Error for what is no answer. */
  push(bytes: Buffer): boolean {
    let rest = this.begun.length === 0 ? bytes : Buffer.concat([this.begun, bytes]);
    this.begun = NOTHING;
    while (rest.length > 0 && this.state !== 'over') {
      const taken = this.step(rest);
      if (taken === 0) {
        if (rest.length > MOST_HEAD_BYTES) throw new Error('a line of the answer is too long');
        this.begun = rest;
        return false;
      }
      rest = rest.subarray(taken);
    }
    return rest.length > 0;
  }

  /** The connection was closed in order. @returns whether the answer is complete. */
  close(): boolean {
    if (this.state === 'until closed') this.state = 'over';
    return this.isOver;
  }

  /** @returns how many of the bytes are done with; 0: more have to come. */
  private step(bytes: Buffer): number {
    switch (this.state) {
      case 'head':
        return this.readHead(bytes);
      case 'counted':
      case 'chunk':
        return this.readCounted(bytes);
      case 'until closed':
        this.parts.body(bytes);
        return bytes.length;
      default:
        return this.readLine(bytes);
    }
  }

  private readHead(bytes: Buffer): number {
    const end = bytes.indexOf('\r\n\r\n', 0, 'latin1');
    if (end < 0) return 0;
    if (end > MOST_HEAD_BYTES) throw new Error('the head of the answer is too long');
    const head = answerHead(bytes.toString('latin1', 0, end), this.isHead);
    if (head.status === 101) throw new Error('the answer changes the protocol, which nobody has asked for');
    if (head.status >= 200) {
      this.parts.head(head);
      if (head.body === 0) this.state = 'over';
      else if (head.body === 'chunked') this.state = 'chunk size';
      else if (head.body === 'until closed') this.state = 'until closed';
      else {
        this.state = 'counted';
        this.left = head.body;
      }
    }
    return end + 4;
  }

  private readCounted(bytes: Buffer): number {
    const taken = Math.min(this.left, bytes.length);
    this.left -= taken;
    this.parts.body(taken === bytes.length ? bytes : bytes.subarray(0, taken));
    if (this.left === 0) {
      if (this.state === 'chunk') this.state = 'chunk end';
      else this.state = 'over';
    }
    return taken;
  }

  /** What stands between the chunks, and behind them. */
  private readLine(bytes: Buffer): number {
    const end = bytes.indexOf('\r\n', 0, 'latin1');
    if (end < 0) return 0;
    if (this.state === 'trailers') {
      if (end === 0) this.state = 'over';
    } else if (this.state === 'chunk end') {
      if (end !== 0) throw new Error('a chunk of the answer is longer than it says');
      this.state = 'chunk size';
    } else {
      const size = CHUNK_SIZE.exec(bytes.toString('latin1', 0, Math.min(end, MOST_HEAD_BYTES)))?.[1];
      if (size === undefined) throw new Error('a chunk of the answer has no size');
      this.left = Number.parseInt(size, 16);
      this.state = this.left === 0 ? 'trailers' : 'chunk';
    }
    return end + 2;
  }
}
