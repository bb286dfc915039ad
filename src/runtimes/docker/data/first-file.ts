import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/**
 * The text of the first regular file in a tar archive, which is all that `GET /containers/<id>/archive` sends for a file.
 * @param bytes only so many; then the rest is not waited for.
 */
export async function firstFile(archive: NodeJS.ReadableStream, bytes = Infinity): Promise<string | undefined> {
  const { default: tar } = await import('tar-stream');
  const entries = tar.extract();
  const enough = new AbortController();
  let text: string | undefined;
  entries.on('entry', ({ type }, content, next) => {
    const chunks: Buffer[] = [];
    let length = 0;
    content.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      length += chunk.length;
      if (type !== 'file' || length < bytes || text !== undefined) return;
      text = Buffer.concat(chunks).subarray(0, bytes).toString();
      enough.abort();
    });
    content.on('end', () => {
      if (type === 'file') text ??= Buffer.concat(chunks).toString();
      next();
    });
  });
  try {
    await pipeline(archive as Readable, entries, { signal: enough.signal });
  } catch (error) {
    if (!enough.signal.aborted) throw error;
  }
  return text;
}
