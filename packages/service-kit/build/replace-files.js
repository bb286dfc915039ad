import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Writes files of a build so that whoever reads one meanwhile, a program that starts for instance, reads all of the old
 * text or all of the new one. A file that has the text already is left as it is.
 * @param {readonly { path: string, contents: Uint8Array | string }[]} files as esbuild's `outputFiles`
 * @throws what the file system says; the file that was there before stays.
 */
export async function replaceFiles(files) {
  await Promise.all(files.map(replaceFile));
}

async function replaceFile({ path, contents }) {
  const bytes = Buffer.from(contents);
  const before = await readFile(path).catch(() => undefined);
  if (before?.equals(bytes)) return;
  await mkdir(dirname(path), { recursive: true });
  const next = `${path}.${process.pid}.next`;
  try {
    await writeFile(next, bytes);
    await rename(next, path);
  } catch (error) {
    await rm(next, { force: true });
    // The name in the message is the one that the user knows.
    error.message = error.message.replaceAll(next, path);
    throw error;
  }
}
