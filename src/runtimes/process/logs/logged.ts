import { open, stat } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import type { InstanceFolders } from '../../../programs/supervisor/protocol/instance-files.ts';
import type { RunningServer } from '../../../programs/supervisor/protocol/instance-record.ts';
import type { Logged } from '../../../stack/contract/inside.ts';

/** Kept by the supervisor: `server.log.1` and `.2`. */
const ROTATED = 2;

type Start = Pick<RunningServer, 'startedAt' | 'logBytes'>;

/** Whether a line that this run of a server has logged matches. @throws the signal's reason. */
export async function logged(
  folders: InstanceFolders,
  start: Start,
  pattern: RegExp,
  signal: AbortSignal,
): Promise<Logged> {
  for await (const line of linesSince(folders, start, signal)) if (pattern.test(line)) return 'yes';
  const copies = await copiesSince(folders.logFile, Date.parse(start.startedAt));
  return copies.length < ROTATED ? 'no' : 'cut off';
}

/**
 * What was logged since a start of a server. Its first line stands behind `logBytes`: in the log, or where that was rotated since (a copy
 * is written when it is rotated, and only then) in the oldest copy of this run.
 * @throws the signal's reason.
 */
export async function* linesSince(
  { logFile }: InstanceFolders,
  { startedAt, logBytes = 0 }: Start,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const copies = await copiesSince(logFile, Date.parse(startedAt));
  for (const [index, path] of [...copies.toReversed(), logFile].entries()) {
    const size = (await stat(path).catch(() => undefined))?.size ?? 0;
    // Somebody has emptied it.
    const from = index === 0 && logBytes <= size ? logBytes : 0;
    yield* linesOf(path, from, signal);
  }
}

/** The newest first. */
async function copiesSince(logFile: string, startMs: number): Promise<readonly string[]> {
  const copies = await Promise.all(
    Array.from({ length: ROTATED }, async (_, index) => {
      const path = `${logFile}.${index + 1}`;
      return { path, at: (await stat(path).catch(() => undefined))?.mtimeMs ?? 0 };
    }),
  );
  return copies.filter(({ at }) => at >= startMs).map(({ path }) => path);
}

async function* linesOf(path: string, start: number, signal: AbortSignal): AsyncGenerator<string> {
  signal.throwIfAborted();
  const file = await open(path).catch(() => undefined);
  // Not there yet: it has written nothing.
  if (file === undefined) return;
  const input = file.createReadStream({ start });
  const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
  try {
    for await (const line of lines) {
      signal.throwIfAborted();
      yield line;
    }
  } finally {
    input.destroy();
  }
}
