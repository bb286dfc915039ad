const BLOCK = 512;

/**
 * The text of the first regular file in a tar archive, which is all that `GET /containers/<id>/archive` sends for a file.
 * Format: POSIX ustar; a header block (size in octal at 124, type at 156), then the content in whole blocks. Entries of
 * other types (extended headers) are passed over.
 */
export function firstFile(archive: Buffer): string | undefined {
  let offset = 0;
  while (offset + BLOCK <= archive.length) {
    const header = archive.subarray(offset, offset + BLOCK);
    if (header[0] === 0) return undefined; // the archive ends with empty blocks
    const size = Number.parseInt(header.toString('latin1', 124, 136).replaceAll('\0', ' ').trim(), 8);
    if (Number.isNaN(size)) return undefined;
    const content = offset + BLOCK;
    const type = header.toString('latin1', 156, 157);
    if (type === '0' || type === '\0') return archive.toString('utf8', content, content + size);
    offset = content + Math.ceil(size / BLOCK) * BLOCK;
  }
  return undefined;
}
