import { pipeline } from 'node:stream/promises';

/** The text of the first regular file in a tar archive, which is all that `GET /containers/<id>/archive` sends for a file. */
export async function firstFile(archive: NodeJS.ReadableStream): Promise<string | undefined> {
  const { default: tar } = await import('tar-stream');
  const entries = tar.extract();
  let text: string | undefined;
  entries.on('entry', ({ type }, content, next) => {
    const chunks: Buffer[] = [];
    content.on('data', (chunk: Buffer) => chunks.push(chunk));
    content.on('end', () => {
      if (type === 'file') text ??= Buffer.concat(chunks).toString();
      next();
    });
  });
  await pipeline(archive, entries);
  return text;
}
