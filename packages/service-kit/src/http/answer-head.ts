/** The head of an answer of HTTP/1.1 (RFC 9112). Pure. */

export interface AnswerHead {
  readonly status: number;
  readonly statusText: string;
  /** Names and values in turn, as they came. */
  readonly rawHeaders: readonly string[];
  /** How long the body is, in bytes, or how its end is known. */
  readonly body: number | 'chunked' | 'until closed';
  /** Milliseconds for which the connection may wait for another request; 0: it serves this one alone. */
  readonly keepsForMs: number;
}

const STATUS_LINE = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: ([\t\x20-\x7e\x80-\xff]*))?$/;
const NAME = /^[!#$%&'*+\-.^_`|~\dA-Za-z]+$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what a value must not have
const NOT_IN_A_VALUE = /[\x00-\x08\x0a-\x1f\x7f]/;
const LENGTH = /^\d{1,15}$/;

/** What is said about the connection and the body, in lower case. */
interface Framing {
  connection: string;
  keepAlive: string;
  encoding: string;
  length: string | undefined;
}

/**
 * @param text without the empty line at its end, one character for each byte.
 * @param isHead whether it answers a HEAD: then there is no body, whatever the headers say.
 * @throws Error for what is no answer, or whose end could be taken for another place by somebody else.
 */
export function answerHead(text: string, isHead: boolean): AnswerHead {
  const [first = '', ...lines] = text.split('\r\n');
  const [, minor, digits, statusText = ''] = STATUS_LINE.exec(first) ?? [];
  if (digits === undefined) throw new Error('the answer is not HTTP/1.1');
  const status = Number(digits);
  const rawHeaders: string[] = [];
  const framing: Framing = { connection: '', keepAlive: '', encoding: '', length: undefined };
  for (const line of lines) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon);
    const value = withoutBlanks(line.slice(colon + 1));
    if (colon < 1 || !NAME.test(name) || NOT_IN_A_VALUE.test(value)) throw new Error('a header of the answer is none');
    rawHeaders.push(name, value);
    note(framing, name.toLowerCase(), value);
  }
  const body = isHead || status < 200 || status === 204 || status === 304 ? 0 : bodyOf(framing);
  const keeps = minor === '1' ? !/\bclose\b/.test(framing.connection) : /\bkeep-alive\b/.test(framing.connection);
  return { status, statusText, rawHeaders, body, keepsForMs: keeps && body !== 'until closed' ? keptFor(framing) : 0 };
}

/** Around a value, spaces and tabs are none of it. */
function withoutBlanks(value: string): string {
  let [from, to] = [0, value.length];
  while (isBlank(value.charCodeAt(from))) from += 1;
  while (to > from && isBlank(value.charCodeAt(to - 1))) to -= 1;
  return value.slice(from, to);
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

function note(framing: Framing, name: string, value: string): void {
  if (name === 'connection') framing.connection += `,${value.toLowerCase()}`;
  else if (name === 'keep-alive') framing.keepAlive = value;
  else if (name === 'transfer-encoding') framing.encoding += `${framing.encoding && ','}${value.toLowerCase()}`;
  else if (name === 'content-length') {
    if (framing.length !== undefined) throw new Error('the answer has two lengths');
    framing.length = value;
  }
}

function bodyOf({ encoding, length }: Framing): AnswerHead['body'] {
  if (encoding !== '') {
    if (encoding !== 'chunked') throw new Error(`the answer has a transfer encoding that is not known: ${encoding}`);
    if (length !== undefined) throw new Error('the answer has a length and chunks');
    return 'chunked';
  }
  if (length === undefined) return 'until closed';
  if (!LENGTH.test(length)) throw new Error('the length of the answer is no number');
  return Number(length);
}

/** A connection is not used for a while before the server closes it: a request could be on its way then. */
function keptFor({ keepAlive }: Framing): number {
  const seconds = /\btimeout=(\d{1,9})/i.exec(keepAlive)?.[1];
  return seconds === undefined ? Number.POSITIVE_INFINITY : Math.max(0, Number(seconds) * 1000 - 1000);
}
