import type { FileStamp } from '../../lib/file-stamp.ts';
import type { SourceText } from '../../lib/source-text.ts';

/** The folder of the migrations of one service. */
export interface MigrationFolder {
  readonly service: string;
  /** Absolute. */
  readonly folder: string;
  /** Its `*.sql` files, sorted by name. */
  readonly files: readonly MigrationSource[];
  /** The names of whatever else stands there; those of folders end with a slash. */
  readonly others: readonly string[];
}

/** Read only where it is asked for: a stack may have thousands of them. */
export interface MigrationSource {
  readonly name: string;
  readonly path: string;
  /** @throws E_STATE_UNREADABLE */
  read(): SourceText;
  /** When it was changed last and which file it is; equal as long as it was not written. Undefined: not known. */
  stamp?(): FileStamp | undefined;
}
