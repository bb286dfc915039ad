import type { Readable, Writable } from 'node:stream';
import { StackctlError } from '../errors.ts';
import { safeText } from './paint.ts';

export interface PromptInput {
  readonly stdin: Readable;
  readonly stderr: Writable;
  readonly signal: AbortSignal;
  readonly interactive: boolean;
  /** `--yes` */
  readonly yes: boolean;
}

/**
 * Asks a yes/no question on stderr; anything but y and yes is a no, and so is the end of the input.
 * @throws E_NEEDS_CONFIRMATION on a no, or when there is no terminal to ask on.
 */
export async function confirm(question: string, input: PromptInput): Promise<void> {
  if (input.yes) return;
  if (!input.interactive) throw unconfirmed(`${question}\nThere is no terminal to ask on.`);
  const answer = await ask(`${safeText(question)} [y/N] `, input);
  if (!/^y(es)?$/i.test(answer.trim())) throw unconfirmed('not confirmed, nothing was changed');
}

async function ask(question: string, { stdin, stderr, signal }: PromptInput): Promise<string> {
  const { createInterface } = await import('node:readline/promises');
  // With `terminal: true` readline would swallow Ctrl-C; left to the terminal it is a signal like any other.
  const readline = createInterface({ input: stdin, output: stderr, terminal: false });
  const ended = new Promise<string>((resolve) => readline.once('close', () => resolve('')));
  try {
    return await Promise.race([readline.question(question, { signal }), ended]);
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    readline.close();
  }
}

function unconfirmed(message: string): StackctlError {
  return new StackctlError('E_NEEDS_CONFIRMATION', message, { hint: 'Add --yes to go ahead without a question.' });
}
