import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import type { InstanceFolders } from '../../../programs/supervisor/protocol/instance-files.ts';
import type { RunningServer } from '../../../programs/supervisor/protocol/instance-record.ts';
import type { Logged } from '../../../stack/contract/inside.ts';

/** Kept by the supervisor: `server.log.1` and `.2`. */
const ROTATED = 2;

/**
 * Whether a line that this run of a server has logged matches. Its first line stands behind `logBytes`: in the log, or
 * where that was rotated since (a copy is written when it is rotated, and only then) in the oldest copy of this run.
 * @throws the signal's reason.
 */
export async function logged(
  { logFile }: InstanceFolders,
  { startedAt, logBytes = 0 }: Pick<RunningServer, 'startedAt' | 'logBytes'>,
  pattern: RegExp,
  signal: AbortSignal,
): Promise<Logged> {
  const copies = await copiesSince(logFile, Date.parse(startedAt));
  for (const [index, path] of [...copies.toReversed(), logFile].entries()) {
    const size = (await stat(path).catch(() => undefined))?.size ?? 0;
    // Somebody has emptied it.
    const from = index === 0 && logBytes <= size ? logBytes : 0;
    if (await hasLine(path, from, pattern, signal)) return 'yes';
  }
  return copies.length < ROTATED ? 'no' : 'cut off';
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

async function hasLine(path: string, start: number, pattern: RegExp, signal: AbortSignal): Promise<boolean> {
  signal.throwIfAborted();
  const input = createReadStream(path, { start });
  // Not there yet: it has written nothing.
  const failed = new Promise<false>((resolve) => input.once('error', () => resolve(false)));
  const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
  const found = (async () => {
    for await (const line of lines) {
      signal.throwIfAborted();
      if (pattern.test(line)) return true;
    }
    return false;
  })();
  try {
    return await Promise.race([found, failed]);
  } finally {
    input.destroy();
  }
}
