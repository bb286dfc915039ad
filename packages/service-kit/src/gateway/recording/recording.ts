import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { Call } from '../answer.ts';
import { gatherBody, type Room } from './gathered-body.ts';
import type { RecordedEntry, RecordingLine } from './recorded-entry.ts';

/** How long the end waits for the answers to requests that have come. */
const UNANSWERED_MS = 3000;

export interface Recording {
  readonly id: string;
  observe(call: Call): void;
  /** No further requests; ends when those that came are answered, after 3 s at the latest. */
  finish(): void;
  /** Ends at once, with its last line. */
  end(): void;
}

export interface RecordingOptions {
  /** Where its lines go. What is not read is dropped, so that no request waits for it. */
  readonly to: ServerResponse;
  readonly bodyLimit: number;
  readonly room: Room;
  /** Bytes of entries that may wait for the one who reads them; more are left out, and counted. */
  readonly mostWaiting: number;
  /** Called once, however it ends. */
  readonly ended: () => void;
}

/** One recording: it lasts as long as the connection of the one who reads it. */
export function startRecording({ to, bodyLimit, room, mostWaiting, ended }: RecordingOptions): Recording {
  const id = randomBytes(16).toString('hex');
  // A clock that is never set back, from an instant of the one that may be.
  const epochMs = Date.now() - performance.now();
  let [sequence, missed, underWay, isFinishing, isOver] = [0, 0, 0, false, false];
  let limit: NodeJS.Timeout | undefined;
  // Lines of one turn of the event loop leave together: a write costs more than a line.
  const say = (line: RecordingLine): void => {
    if (to.writableCorked === 0) {
      to.cork();
      setImmediate(() => to.uncork());
    }
    to.write(`${JSON.stringify(line)}\n`);
  };
  const close = (): void => {
    if (isOver) return;
    isOver = true;
    clearTimeout(limit);
    ended();
  };
  const end = (): void => {
    if (isOver) return;
    say({ type: 'end', missed, unfinished: underWay });
    to.end();
    close();
  };
  const tell = (entry: RecordedEntry): void => {
    if (isOver) return;
    if (to.writableLength > mostWaiting) missed += 1;
    else say(entry);
    if (isFinishing && underWay === 0) end();
  };
  to.once('close', close);
  // Of a connection that broke: its end is told by `close`.
  to.on('error', () => undefined);
  say({ type: 'begin', id });
  return {
    id,
    observe: (call) => {
      if (isFinishing || isOver) return;
      const own = sequence;
      sequence += 1;
      underWay += 1;
      watchCall(call, { bodyLimit, room }, (seen) => {
        underWay -= 1;
        tell({ type: 'request', sequence: own, ...seen, atMs: epochMs + seen.atMs });
      });
    },
    finish: () => {
      if (isFinishing) return;
      isFinishing = true;
      if (underWay === 0) end();
      else limit = setTimeout(end, UNANSWERED_MS);
    },
    end,
  };
}

type Seen = Omit<RecordedEntry, 'type' | 'sequence'>;

/** @param done once, when the answer has ended or the client has gone; `atMs` by the clock of `performance`. */
function watchCall(
  { incoming, outgoing }: Call,
  { bodyLimit, room }: Pick<RecordingOptions, 'bodyLimit' | 'room'>,
  done: (seen: Seen) => void,
): void {
  const atMs = performance.now();
  const body = gatherBody(incoming, bodyLimit, room);
  outgoing.once('close', () => {
    const { bytes: bodyBytes } = body;
    done({
      ...{ atMs, bodyBytes },
      method: incoming.method ?? 'GET',
      target: incoming.url ?? '/',
      headers: incoming.rawHeaders,
      body: body.take()?.toString('base64') ?? null,
      status: outgoing.headersSent ? outgoing.statusCode : null,
      tookMs: Math.round((performance.now() - atMs) * 1000) / 1000,
    });
  });
}
