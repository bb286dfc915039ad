/** Reads responses of HTTP/1.1 (https://www.rfc-editor.org/rfc/rfc9112) from pieces of a connection. Pure. */
import type { HttpResponse } from './exchange.ts';

export interface ReadResponse extends HttpResponse {
  /** Whether the next request may go over the same connection. */
  readonly keepsOpen: boolean;
  /** The field of its head that was asked for; undefined: it has none. */
  readonly field?: string | undefined;
}

export interface ResponseReader {
  /** @returns the response, once its end has arrived. @throws Error for what is no response, or one that is too large. */
  push(piece: Buffer): ReadResponse | undefined;
  /** The connection was closed. @returns the response, where the end of the connection is its end. */
  end(): ReadResponse | undefined;
}

const MOST_HEAD_BYTES = 64 * 1024;
const MOST_BODY_BYTES = 64 * 1024 * 1024;
const HEAD_END = '\r\n\r\n';

interface Head {
  readonly status: number;
  readonly keepsOpen: boolean;
  readonly field: string | undefined;
  /** Bytes of the body; `chunked`, or `close`: as long as the connection is open. */
  readonly length: number | 'chunked' | 'close';
  /** Where the body begins. */
  readonly end: number;
}

/** Of one response: one request is on its way at a time. @param wanted name of a field of its head that is asked for. */
export function createResponseReader(wanted?: string): ResponseReader {
  let bytes: Buffer = Buffer.alloc(0);
  let head: Head | undefined;
  const read = (): ReadResponse | undefined => {
    while (head === undefined || head.status < 200) {
      // An interim response is followed by another one.
      if (head !== undefined) bytes = bytes.subarray(head.end);
      head = headIn(bytes, wanted);
      if (head === undefined) return undefined;
    }
    const { status, keepsOpen, field, length, end } = head;
    if (bytes.length - end > MOST_BODY_BYTES) throw new Error('the answer is too large');
    if (length === 'close') return undefined;
    if (length === 'chunked') {
      const body = chunksIn(bytes, end);
      return body && { status, field, keepsOpen: keepsOpen && body.end === bytes.length, text: body.text };
    }
    if (bytes.length < end + length) return undefined;
    const text = bytes.toString('utf8', end, end + length);
    // What nobody asked for makes a connection useless.
    return { status, field, keepsOpen: keepsOpen && bytes.length === end + length, text };
  };
  return {
    push: (piece) => {
      bytes = bytes.length === 0 ? piece : Buffer.concat([bytes, piece]);
      return read();
    },
    end: () => {
      if (head?.length !== 'close') return undefined;
      const { status, field } = head;
      return { status, field, keepsOpen: false, text: bytes.toString('utf8', head.end) };
    },
  };
}

const STATUS_LINE = /^HTTP\/1\.([01]) (\d{3})(?: |\r\n|$)/;

function headIn(bytes: Buffer, wanted: string | undefined): Head | undefined {
  const at = bytes.indexOf(HEAD_END);
  if (at === -1) {
    if (bytes.length > MOST_HEAD_BYTES) throw new Error('the head of the answer is too large');
    if (!'HTTP/1.'.startsWith(bytes.toString('latin1', 0, 7))) throw new Error(NO_HTTP);
    return undefined;
  }
  const text = bytes.toString('latin1', 0, at + 2);
  const [, minor, digits] = STATUS_LINE.exec(text) ?? [];
  if (digits === undefined) throw new Error(NO_HTTP);
  const status = Number(digits);
  const connection = fieldIn(text, 'connection')?.toLowerCase() ?? '';
  const keepsOpen = minor === '1' ? !connection.includes('close') : connection.includes('keep-alive');
  const field = wanted === undefined ? undefined : fieldIn(text, wanted);
  return { status, keepsOpen, field, length: lengthOf(status, text), end: at + HEAD_END.length };
}

const NO_HTTP = 'what answers does not speak HTTP/1.1';

/** By section 6.3 of RFC 9112, for requests that are no HEAD and no CONNECT. */
function lengthOf(status: number, head: string): Head['length'] {
  if (status < 200 || status === 204 || status === 304) return 0;
  const coding = fieldIn(head, 'transfer-encoding');
  if (coding !== undefined) return /chunked\s*$/i.test(coding) ? 'chunked' : 'close';
  const length = fieldIn(head, 'content-length');
  if (length === undefined) return 'close';
  if (!/^\d+$/.test(length)) throw new Error('the answer has no length that is a number');
  return Number(length);
}

function fieldIn(head: string, name: string): string | undefined {
  // A name may have characters that mean something else in an expression: https://www.rfc-editor.org/rfc/rfc9110#section-5.6.2
  const text = name.replaceAll(/[.*+?^$|]/g, '\\$&');
  const found = new RegExp(`\\r\\n${text}:[ \\t]*([^\\r\\n]*)`, 'i').exec(head)?.[1];
  return found?.trimEnd();
}

/** Undefined: the last chunk, or the end of its trailer, has not arrived. */
function chunksIn(bytes: Buffer, begin: number): { readonly text: string; readonly end: number } | undefined {
  const parts: Buffer[] = [];
  for (let at = begin; ; ) {
    const line = bytes.indexOf('\r\n', at);
    if (line === -1) return undefined;
    const size = /^([0-9a-f]{1,8})[ \t]*(?:;.*)?$/i.exec(bytes.toString('latin1', at, line))?.[1];
    if (size === undefined) throw new Error('the answer has a chunk without a size');
    const length = Number.parseInt(size, 16);
    const data = line + 2;
    if (length === 0) {
      const end = trailerEnd(bytes, data);
      return end === undefined ? undefined : { text: Buffer.concat(parts).toString('utf8'), end };
    }
    if (bytes.length < data + length + 2) return undefined;
    parts.push(bytes.subarray(data, data + length));
    at = data + length + 2;
  }
}

/** Behind the empty line that ends the trailer. */
function trailerEnd(bytes: Buffer, begin: number): number | undefined {
  for (let at = begin; ; ) {
    const line = bytes.indexOf('\r\n', at);
    if (line === -1) return undefined;
    if (line === at) return line + 2;
    at = line + 2;
  }
}
