import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { errorBody } from '../../request-error.ts';
import type { Stoppable } from '../../shutdown.ts';
import type { Call } from '../answer.ts';
import { PREFIX } from '../own-routes.ts';
import { type Recording, startRecording } from './recording.ts';

/** `GET` begins a recording and answers with its lines, `DELETE` of `<path>/<id>` ends it. */
export const RECORDING_PATH = `${PREFIX}recording`;

const ID_AT = RECORDING_PATH.length + 1;

/** Recordings at the same time. */
const MOST = 4;

export interface RecorderLimits {
  /** Bytes of bodies that may be kept until their requests are answered. */
  readonly room: number;
  /** Bytes that may wait for one who records. */
  readonly mostWaiting: number;
}

const LIMITS: RecorderLimits = { room: 64 * 1024 * 1024, mostWaiting: 32 * 1024 * 1024 };
const BODY_LIMIT = 1024 * 1024;
const LARGEST_BODY_LIMIT = 16 * 1024 * 1024;

export interface Recorder extends Stoppable {
  /** To be called with each request before it is passed on; does nothing while nobody records. */
  observe(call: Call): void;
  /** Answers what is below RECORDING_PATH. False: it is none of it, and nothing was done. */
  answer(incoming: IncomingMessage, outgoing: ServerResponse): boolean;
}

/**
 * Tells whoever has the key what requests come, for as long as their connection lasts: recording begins and ends by a request
 * to the program itself, and leaves nothing behind when the one who records is gone.
 * @param key of `Authorization: Bearer`; empty: nobody may record.
 */
export function createRecorder(key: string, limits = LIMITS): Recorder {
  const recordings = new Map<string, Recording>();
  const { mostWaiting } = limits;
  const room = { free: limits.room };
  const begin = (outgoing: ServerResponse, bodyLimit: number): void => {
    outgoing.writeHead(200, { 'Content-Type': 'application/x-ndjson' });
    const ended = (): void => void recordings.delete(recording.id);
    const recording = startRecording({ to: outgoing, bodyLimit, room, mostWaiting, ended });
    recordings.set(recording.id, recording);
  };
  const answerOwn = (incoming: IncomingMessage, outgoing: ServerResponse, { pathname, searchParams }: URL): void => {
    const isBegin = pathname === RECORDING_PATH && incoming.method === 'GET';
    const recording = incoming.method === 'DELETE' ? recordings.get(pathname.slice(ID_AT)) : undefined;
    if (!isAllowed(incoming, key)) refuse(outgoing, 401, 'recording needs the key of this program');
    else if (isBegin && recordings.size >= MOST) refuse(outgoing, 429, `there are ${MOST} recordings already`);
    else if (isBegin) begin(outgoing, bodyLimitOf(searchParams.get('bodyLimit')));
    else if (recording === undefined) refuse(outgoing, 404, 'no such recording');
    else {
      recording.finish();
      outgoing.writeHead(204).end();
    }
  };
  return {
    name: 'recorder',
    observe: (call) => {
      if (recordings.size === 0) return;
      // `*` of OPTIONS is about the server and not about what is behind it.
      if (call.incoming.url !== '*') for (const recording of recordings.values()) recording.observe(call);
    },
    answer: (incoming, outgoing) => {
      if (key === '' || incoming.url?.startsWith(RECORDING_PATH) !== true) return false;
      const url = new URL(incoming.url, 'http://gateway');
      if (url.pathname !== RECORDING_PATH && !url.pathname.startsWith(`${RECORDING_PATH}/`)) return false;
      answerOwn(incoming, outgoing, url);
      return true;
    },
    stop: async () => {
      for (const recording of recordings.values()) recording.end();
    },
  };
}

function bodyLimitOf(wanted: string | null): number {
  const bytes = Number(wanted ?? BODY_LIMIT);
  return Number.isSafeInteger(bytes) && bytes >= 0 ? Math.min(bytes, LARGEST_BODY_LIMIT) : BODY_LIMIT;
}

/** Compared by their sums, so that the time it takes tells nothing about the key. */
function isAllowed({ headers }: IncomingMessage, key: string): boolean {
  const sum = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(sum(headers.authorization ?? ''), sum(`Bearer ${key}`));
}

function refuse(outgoing: ServerResponse, status: number, message: string): void {
  outgoing.writeHead(status, { 'Content-Type': 'application/json' });
  outgoing.end(JSON.stringify(errorBody(message)));
}
