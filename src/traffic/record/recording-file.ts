/** A file that is written as it goes, and is whole after each write. */
import { constants } from 'node:fs';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { unwritable } from '../../lib/file-errors.ts';

export interface RecordingFile {
  /** Puts text before the end of the file. @throws E_DISK_FULL, E_STATE_UNWRITABLE; the file is as before then. */
  append(text: string): Promise<void>;
  /** Bytes that it has. */
  readonly bytes: number;
  close(): Promise<void>;
}

export interface RecordingFrame {
  /** What stands before everything that is appended. */
  readonly begin: string;
  /** What makes it whole: always the last in the file. */
  readonly end: string;
  /** `latin1`: a byte for each character. */
  readonly encoding: 'utf8' | 'latin1';
}

/**
 * A new file that only its owner reads (0600); one that is there is replaced.
 * @throws E_DISK_FULL, E_STATE_UNWRITABLE
 */
export async function createRecordingFile(path: string, frame: RecordingFrame): Promise<RecordingFile> {
  const { begin, end, encoding } = frame;
  const handle = await opened(path);
  const last = Buffer.from(end, encoding);
  let place = 0;
  const append = async (text: string): Promise<void> => {
    const bytes = Buffer.from(text, encoding);
    try {
      await writeAll(handle, Buffer.concat([bytes, last]), place);
      place += bytes.length;
    } catch (error) {
      await writeAll(handle, last, place).catch(() => undefined);
      await handle.truncate(place + last.length).catch(() => undefined);
      throw unwritable(path, error);
    }
  };
  await append(begin);
  return {
    append,
    get bytes() {
      return place + last.length;
    },
    close: () => handle.close(),
  };
}

async function opened(path: string): Promise<FileHandle> {
  const { O_CREAT, O_EXCL, O_WRONLY } = constants;
  try {
    // Never through a link, and never into what another program reads or writes under this name.
    await rm(path, { force: true });
    const handle = await open(path, O_CREAT | O_EXCL | O_WRONLY, 0o600);
    await handle.chmod(0o600);
    return handle;
  } catch (error) {
    throw unwritable(path, error);
  }
}

async function writeAll(handle: FileHandle, bytes: Buffer, place: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, place + done);
    done += bytesWritten;
  }
}
