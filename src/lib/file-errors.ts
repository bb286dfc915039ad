import { errorText, StackctlError, systemCode } from '../errors.ts';

/** The error for a file that cannot be written. */
export function unwritable(path: string, error: unknown): StackctlError {
  if (error instanceof StackctlError) return error;
  const full = systemCode(error) === 'ENOSPC' || systemCode(error) === 'EDQUOT';
  return new StackctlError(
    full ? 'E_DISK_FULL' : 'E_STATE_UNWRITABLE',
    full ? `no space left on the disk while writing ${path}` : `cannot write ${path}: ${errorText(error)}`,
    {
      hint: full
        ? 'Free some space and run the command again; nothing was lost.'
        : 'Check the owner and the mode of the folder.',
      details: { file: path },
      cause: error,
    },
  );
}

/** The error for a file that is there and cannot be read. */
export function unreadable(path: string, error: unknown): StackctlError {
  return new StackctlError('E_STATE_UNREADABLE', `cannot read ${path}: ${errorText(error)}`, {
    hint: 'Check its owner and its mode.',
    details: { file: path },
    cause: error,
  });
}
