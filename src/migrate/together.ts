import type { ApplyHooks } from '../stack/contract/apply-hooks.ts';
import type { MigrationSession } from '../stack/contract/migrate.ts';
import { type PendingFile, pendingMigration } from './read-state.ts';

/** A file that was sent to the server together with others. */
export interface Ahead {
  /** How many others were sent behind it. */
  readonly behind: number;
  /** How long it took, in milliseconds; undefined: it cannot go with others, and was not run. @throws as `apply` */
  readonly done: Promise<number | undefined>;
  /** When it began, by the clock of `performance`; to be asked once `done` is over. */
  began(): number;
  /** Hands on what the server has said about it so far, and what it says from now on. */
  listen(hooks: ApplyHooks): void;
}

export interface Together {
  /**
   * The file with this index, whose turn it is; those behind it that can go with it are sent along. Undefined: it is for
   * `apply`. @throws the signal's reason, of a file that was not sent
   */
  take(index: number): Promise<Ahead | undefined>;
  /** Nothing that was sent is under way any more. Never throws. */
  over(): Promise<void>;
}

interface Input {
  readonly session: MigrationSession;
  readonly files: readonly PendingFile[];
  readonly signal: AbortSignal;
}

/** Sends files together where the server can take several at once; the caller takes one after the other all the same. */
export function goTogether({ session, files, signal }: Input): Together {
  let request: Request | undefined;
  /** Those before it go by themselves. */
  let alone = 0;
  const next = async (index: number): Promise<readonly PendingFile[]> => {
    const near = files.slice(index, index + LOOKED_AT);
    const end = near.findIndex(({ content }) => content.requires.length > 0);
    const possible = end === -1 ? near : near.slice(0, end);
    const count = possible.length < 2 ? 0 : await session.together?.(possible.map(pendingMigration));
    return possible.slice(0, count ?? 0);
  };
  return {
    take: async (index) => {
      const ahead = request?.at(index);
      if (ahead !== undefined) return ahead;
      await request?.isOver;
      signal.throwIfAborted();
      if (request?.isRefused() === true) alone = Math.max(alone, request.end);
      const sent = index < alone ? [] : await next(index);
      if (sent.length < 2) return undefined;
      request = send(sent, index, { session, signal });
      return request.at(index);
    },
    over: async () => request?.isOver,
  };
}

/** Waits for `done`. The server may be at work on a file behind this one and not have said so: `progress` says so then. */
export async function answerAbout(
  { done, behind }: Ahead,
  progress: (detail: string) => void,
): Promise<number | undefined> {
  const text = `or one of the ${behind} behind it, which were sent together`;
  const late = behind === 0 ? undefined : setTimeout(() => progress(text), LATE_MS);
  try {
    return await done;
  } finally {
    clearTimeout(late);
  }
}

const LATE_MS = 500;

/** More than a server takes at once, and not all files each time. */
const LOOKED_AT = 32;

interface Request {
  /** The index behind its last file. */
  readonly end: number;
  /** Undefined: it is not among those that were sent, or was not run because of one before it. */
  at(index: number): Ahead | undefined;
  /** Never rejects. */
  readonly isOver: Promise<void>;
  /** Its files cannot go together; to be asked when it is over. */
  isRefused(): boolean;
}

function send(sent: readonly PendingFile[], from: number, { session, signal }: Omit<Input, 'files'>): Request {
  let begin = performance.now();
  const began = (): number => begin;
  const files = sent.map((_, index) => going(sent.length - index - 1, began));
  let applied = 0;
  /** How many of them have an answer, or may get one. */
  let answered = files.length;
  let isRefused = false;
  const hooks = {
    of: (index: number) => files[index]?.hooks ?? {},
    onApplied: (index: number, durationMs: number) => {
      begin += durationMs;
      applied = index + 1;
      files[index]?.end(durationMs);
    },
  };
  const work = async (): Promise<void> => {
    try {
      const count = await session.applyTogether?.(sent.map(pendingMigration), signal, hooks);
      isRefused = count !== files.length;
      files[applied]?.end(undefined);
    } catch (error) {
      files[applied]?.fail(error);
    }
    answered = applied + 1;
  };
  return {
    end: from + sent.length,
    at: (index) => (index < from + answered ? files[index - from]?.ahead : undefined),
    isOver: work(),
    isRefused: () => isRefused,
  };
}

/** A file on its way. */
function going(behind: number, began: () => number) {
  let end: (durationMs: number | undefined) => void = () => undefined;
  let fail: (error: unknown) => void = () => undefined;
  const done = new Promise<number | undefined>((resolve, reject) => {
    end = resolve;
    fail = reject;
  });
  // Nobody may wait for it by then.
  done.catch(() => undefined);
  let heard: ApplyHooks | undefined;
  const early: string[] = [];
  const onNotice = (notice: string): void => {
    if (heard === undefined) early.push(notice);
    else heard.onNotice?.(notice);
  };
  const ahead: Ahead = {
    behind,
    done,
    began,
    listen: (hooks) => {
      heard = hooks;
      for (const notice of early.splice(0)) hooks.onNotice?.(notice);
    },
  };
  const hooks: ApplyHooks = { onNotice, onProgress: (...progress) => heard?.onProgress?.(...progress) };
  return { ahead, hooks, end, fail };
}
