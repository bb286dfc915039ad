import { StackctlError, systemCode } from '../errors.ts';

export const RUN_AGAIN = 'Run the same command again: it goes on from what is there.';

/**
 * The error that a run ends with. After a signal it is the signal, whatever the command rejects with; an error that is
 * none of ours becomes E_INTERNAL.
 */
export function explainError(error: unknown, signal: AbortSignal): StackctlError {
  const reason: unknown = signal.reason;
  if (reason instanceof StackctlError) return error instanceof StackctlError ? alsoFailed(reason, error) : reason;
  if (error instanceof StackctlError) return error;
  if (systemCode(error) === 'ENOENT' && (error as NodeJS.ErrnoException).syscall === 'uv_cwd')
    return workingFolderGone();
  return new StackctlError(
    'E_INTERNAL',
    `unexpected ${error instanceof Error ? `${error.name}: ${error.message}` : error}`,
    {
      hint: 'This is a defect of stackctl. Run the command again with STACKCTL_DEBUG=1 to see where it comes from.',
      cause: error,
    },
  );
}

function workingFolderGone(): StackctlError {
  return new StackctlError('E_USAGE', 'the folder in which the command was called is not there any more', {
    hint: 'It was deleted, or made again under the same name: go into one that is there (cd "$PWD") and run the command again.',
  });
}

/** Cleaning up after a signal can fail too; the exit code stays that of the signal. */
function alsoFailed(reason: StackctlError, error: StackctlError): StackctlError {
  if (error === reason || error.code === reason.code) return reason;
  return new StackctlError(reason.code, `${reason.message}\nwhile cleaning up: ${error.message}`, {
    hint: error.hint ?? RUN_AGAIN,
    details: error.details,
    cause: error,
  });
}
