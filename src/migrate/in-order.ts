import { StackctlError } from '../errors.ts';
import type { Service, Stack } from '../stack/contract/model.ts';
import { inStartOrder } from '../stack/derived/start-order.ts';
import type { DeclaringService } from './declared.ts';
import type { MigratedService } from './folder.ts';

interface OfService {
  readonly service: Service;
}

/** What `migrate up` works through: what is declared inside a service, or its files. */
export type Target =
  | ({ readonly type: 'declared' } & DeclaringService)
  | ({ readonly type: 'files' } & MigratedService);

/** As `up` does it: of one service what it declares first, because its files may need it. Pure. */
export function targetsInOrder(
  stack: Pick<Stack, 'services'>,
  declaring: readonly DeclaringService[],
  migrated: readonly MigratedService[],
): readonly Target[] {
  return inStartOrder<Target>(stack, [
    ...declaring.map((one) => ({ type: 'declared', ...one }) as const),
    ...migrated.map((one) => ({ type: 'files', ...one }) as const),
  ]);
}

export interface Outcome<R> {
  readonly done: readonly R[];
  /** Why the next one was not done. */
  readonly failure: StackctlError | undefined;
  /** Names of the services that were to come after it. */
  readonly notTried: readonly string[];
}

/**
 * One after the other, up to the first that fails: what comes later may need it.
 * @throws what is no StackctlError, and the reason of a signal that has aborted.
 */
export async function upToFailure<T extends OfService, R>(
  items: readonly T[],
  signal: AbortSignal,
  run: (item: T) => Promise<R>,
): Promise<Outcome<R>> {
  const done: R[] = [];
  for (const [index, item] of items.entries()) {
    const failure = await failureOf(signal, async () => done.push(await run(item)));
    if (failure !== undefined) {
      const later = new Set(items.slice(index + 1).map(({ service }) => service.name));
      return { done, failure, notTried: [...later] };
    }
  }
  return { done, failure: undefined, notTried: [] };
}

/** A service whose server did not answer what was asked. JSON-ready. */
export interface Unanswered {
  readonly service: string;
  readonly code: string;
  readonly message: string;
}

/** What was asked of several services, one after the other. */
export interface Answers<R> {
  readonly answers: readonly R[];
  readonly unanswered: readonly Unanswered[];
  /** Why the first of those did not answer. */
  readonly failure: StackctlError | undefined;
}

/**
 * Asks all of them, also behind one that fails: what a server says does not depend on another one.
 * @throws what is no StackctlError, and the reason of a signal that has aborted.
 */
export async function askEach<T extends OfService, R>(
  items: readonly T[],
  signal: AbortSignal,
  ask: (item: T) => Promise<R>,
): Promise<Answers<R>> {
  const answers: R[] = [];
  const failed: { readonly service: string; readonly error: StackctlError }[] = [];
  for (const item of items) {
    const error = await failureOf(signal, async () => answers.push(await ask(item)));
    if (error !== undefined) failed.push({ service: item.service.name, error });
  }
  const unanswered = failed.map(({ service, error: { code, message } }) => ({ service, code, message }));
  return { answers, unanswered, failure: failed[0]?.error };
}

/** Why the work did not succeed. @throws what is no StackctlError, and the reason of a signal that has aborted. */
async function failureOf(signal: AbortSignal, work: () => Promise<unknown>): Promise<StackctlError | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (signal.aborted || !(error instanceof StackctlError)) throw error;
    return error;
  }
}
