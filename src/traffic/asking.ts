import { errorText, StackctlError } from '../errors.ts';

export interface Asking {
  /** Name of the service. */
  readonly service: string;
  /** Of what, as the end of `cannot be asked …`. */
  readonly what: string;
  /** What is certain then, as a whole sentence; empty: nothing. */
  readonly sure: string;
  readonly signal: AbortSignal;
}

/** An answer of a service. @throws E_NOT_READY when it has none, and what is an error of ours as it is. */
export async function askedOf<T>({ service, what, sure, signal }: Asking, use: () => Promise<T>): Promise<T> {
  try {
    return await use();
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof StackctlError) throw error;
    throw new StackctlError('E_NOT_READY', `${service} cannot be asked ${what}: ${errorText(error)}`, {
      hint: `${sure === '' ? '' : `${sure} `}See \`stackctl status\` and \`stackctl logs ${service}\`.`,
      details: { service },
      cause: error,
    });
  }
}
