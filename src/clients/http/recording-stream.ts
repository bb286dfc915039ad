/** Reads what a program with a recorder of the service kit tells (packages/service-kit/src/gateway/recording/). */
import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { errorText, StackctlError } from '../../errors.ts';
import type { RecordedEntry, RecordingEnd, RecordingLine } from '../../lib/gateway.ts';
import type { Secret } from '../../lib/secret.ts';
import type { Address } from '../../stack/contract/model.ts';

export interface RecordingSource {
  readonly address: Address;
  /** Where it is recorded. */
  readonly path: string;
  readonly key: Secret;
  /** Bytes that a body may have. */
  readonly bodyLimit: number;
  /** Milliseconds until it has to have begun. */
  readonly timeoutMs: number;
}

export interface RecordingStream {
  /**
   * Requests with their answers, those of each piece that arrived together; ends with the last one after `finish`.
   * @throws E_NOT_READY when the connection breaks before.
   */
  readonly entries: AsyncGenerator<readonly RecordedEntry[]>;
  /** What the other side said at the end; undefined: it has not said so yet. */
  end(): RecordingEnd | undefined;
  /** What comes from now on is not recorded. A connection that breaks meanwhile shows in the entries. */
  finish(): void;
  close(): void;
}

/** The recording has begun when it resolves. @throws E_NOT_READY */
export async function openRecordingStream(source: RecordingSource): Promise<RecordingStream> {
  const agent = new Agent();
  const response = await answerOf(source, agent).catch((error: unknown) => {
    agent.destroy();
    throw error;
  });
  const lines = linesOf(response);
  const first = await lines.next();
  const [begin, ...early] = first.done === true ? [] : first.value;
  if (begin?.type !== 'begin') {
    agent.destroy();
    throw notReady('what answers records no requests', 'Bring it up as the stack is now: stackctl up --build');
  }
  let end: RecordingEnd | undefined;
  async function* entries(): AsyncGenerator<readonly RecordedEntry[]> {
    for (let some: readonly RecordingLine[] | undefined = early; some !== undefined; ) {
      yield some.filter((line) => line.type === 'request');
      end = some.find((line) => line.type === 'end');
      if (end !== undefined) return;
      const next: IteratorResult<readonly RecordingLine[]> = await lines.next();
      some = next.done === true ? undefined : next.value;
    }
    throw notReady('it broke off: the program that recorded has ended');
  }
  return {
    entries: entries(),
    end: () => end,
    finish: () => {
      const sent = request({ ...asked(source, agent), method: 'DELETE', path: `${source.path}/${begin.id}` });
      // Where this fails the entries fail as well, or never end: both are seen there.
      sent.on('error', () => undefined);
      sent.on('response', (answer) => answer.resume());
      sent.end();
    },
    close: () => {
      response.destroy();
      agent.destroy();
    },
  };
}

function asked({ address: { host, port }, key }: RecordingSource, agent: Agent) {
  return { host, port, agent, headers: { authorization: `Bearer ${key.reveal()}` } };
}

async function answerOf(source: RecordingSource, agent: Agent): Promise<IncomingMessage> {
  const sent = request({ ...asked(source, agent), path: `${source.path}?bodyLimit=${source.bodyLimit}` });
  const limit = setTimeout(() => sent.destroy(new Error(`no answer within ${source.timeoutMs} ms`)), source.timeoutMs);
  sent.end();
  try {
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    sent.on('error', () => undefined);
    if (response.statusCode === 200) return response;
    response.resume();
    throw refused(response.statusCode ?? 0);
  } catch (error) {
    throw error instanceof StackctlError ? error : notReady(`it cannot be recorded: ${errorText(error)}`);
  } finally {
    clearTimeout(limit);
  }
}

function refused(status: number): StackctlError {
  if (status === 429) return notReady('it is recorded already as often as it can be', 'End one of the recordings.');
  const why = status === 401 ? 'it has another key than this project' : `it answers ${status}: it records no requests`;
  return notReady(why, 'Bring it up as the stack is now: stackctl up --build');
}

function notReady(message: string, hint = 'Run: stackctl status'): StackctlError {
  return new StackctlError('E_NOT_READY', message, { hint });
}

/** Whole lines, those of each piece together. A connection that breaks ends them. */
async function* linesOf(response: IncomingMessage): AsyncGenerator<readonly RecordingLine[]> {
  let rest: Buffer[] = [];
  try {
    for await (const piece of response as AsyncIterable<Buffer>) {
      const end = piece.lastIndexOf(10);
      if (end === -1) {
        rest.push(piece);
        continue;
      }
      const text = Buffer.concat([...rest, piece.subarray(0, end)]).toString('utf8');
      rest = [piece.subarray(end + 1)];
      yield text.split('\n').map((line) => JSON.parse(line) as RecordingLine);
    }
  } catch (error) {
    if (error instanceof SyntaxError) throw notReady('what answers records no requests');
  }
}
