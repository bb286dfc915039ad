import { dataPutAside } from '../../lifecycle/own-copy.ts';
import { dataText } from '../../output/data-items.ts';
import type { DataItem, Runtime } from '../../stack/contract/runtime.ts';
import type { CommandContext } from '../line/command.ts';
import { type OpenRecord, withLockedRecord, withOtherRuntimes, withRecord } from './record-session.ts';

export interface Deletion<T> {
  readonly context: CommandContext;
  readonly stackRef: string | undefined;
  readonly verb: 'down' | 'clean';
  /** Also what was put aside when the project was made of a copy: the whole folder goes. */
  readonly aside: boolean;
  readonly act: (session: OpenRecord, others: readonly Runtime[], deleted: readonly DataItem[]) => Promise<T>;
}

/**
 * Names what would be lost on every runtime that the project has used, and asks: before the lock is taken, so that nobody
 * has to wait for a person. Then `act` runs under the lock, when what is there is what was confirmed; when more has come,
 * or it is another project by now, it asks again. Nothing to lose is nothing to ask.
 */
export async function confirmedDeletion<T>(deletion: Deletion<T>): Promise<T> {
  const { context, stackRef, verb, act } = deletion;
  for (;;) {
    const wanted = await withRecord(context, stackRef, async (session) => ({
      key: keyOf(session),
      name: session.identity.name,
      items: await withOtherRuntimes(context, session, (others) => dataOf(deletion, session, others)),
    }));
    if (wanted.items.length > 0) {
      await context.confirm(`This deletes the data of ${wanted.name}:\n${dataText(wanted.items)}\nDelete it?`);
    }
    const outcome = await withLockedRecord(silent(context), stackRef, verb, (session) =>
      withOtherRuntimes(context, session, async (others): Promise<{ readonly result: T } | undefined> => {
        const items = await dataOf(deletion, session, others);
        if (keyOf(session) !== wanted.key || !isCovered(items, wanted.items)) return undefined;
        return { result: await act({ ...session, emit: context.emit }, others, items) };
      }),
    );
    if (outcome !== undefined) return outcome.result;
    context.emit({ type: 'note', text: 'what would be deleted has changed since it was confirmed' });
  }
}

/** What was warned of at the first look is not warned of again. */
function silent(context: CommandContext): CommandContext {
  return { ...context, emit: () => undefined };
}

async function dataOf<T>(
  { aside }: Deletion<T>,
  { runtime, paths }: OpenRecord,
  others: readonly Runtime[],
): Promise<readonly DataItem[]> {
  const items = await Promise.all([runtime, ...others].map((one) => one.data()));
  return [...items.flat(), ...(aside ? await dataPutAside(paths) : [])];
}

/** One that was deleted and made again under the same name is another project. */
function keyOf({ record }: OpenRecord): string {
  return `${record.id} ${record.createdAt}`;
}

function isCovered(items: readonly DataItem[], confirmed: readonly DataItem[]): boolean {
  const names = new Set(confirmed.map(({ name }) => name));
  return items.every(({ name }) => names.has(name));
}
