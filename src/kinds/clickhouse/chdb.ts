/** The path of the engine that `doctor --fix` fetches ends with it, and that of no server program does. */
export const CHDB_FOLDER = 'node_modules/chdb';

/** Whether what was found is the engine as a library, not a server program. */
export function isChdb(path: string): boolean {
  return path.replaceAll('\\', '/').endsWith(CHDB_FOLDER);
}
