import { errorText } from '../../../errors.ts';
import type { Instance } from '../../../stack/contract/model.ts';

/** What went wrong with one server, with its name, which no client library knows. `cause` is the error itself. */
export class LinkError extends Error {
  constructor(
    readonly server: string,
    override readonly cause: unknown,
  ) {
    super(`${server}: ${errorText(cause)}`, { cause });
  }
}

/** @throws LinkError with the reason that `work` has. */
export async function named<T>({ name }: Instance, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw error instanceof LinkError ? error : new LinkError(name, error);
  }
}
