import { dataPutAside } from '../../lifecycle/own-copy.ts';
import { dataText } from '../../output/data-items.ts';
import type { DataItem, Runtime } from '../../stack/contract/runtime.ts';
import type { SessionContext } from './context.ts';
import { type OpenRecord, withLockedRecordAlone, withOtherRuntimes, withRecordAlone } from './record-session.ts';

export interface Deletion<T> {
  readonly context: SessionContext;
  readonly stackRef: string | undefined;
  readonly verb: 'down' | 'clean';
  /** Also what was put aside when the project was made of a copy: the whole folder goes. */
  readonly aside: boolean;
  readonly act: (session: OpenRecord, others: readonly Runtime[], deleted: readonly DataItem[]) => Promise<T>;
}

/**
 * Names the data of the project on every runtime that it has used, and asks, before the lock is taken: no other command
 * has to wait for a person. Then `act` runs under the lock, if the data is what was confirmed; if there is more by then, or
 * the name belongs to another project, it asks again. Without data there is no question, and none with `--yes`, when sizes
 * are not measured either. The stack is not read.
 */
export async function confirmedDeletion<T>(deletion: Deletion<T>): Promise<T> {
  const { context } = deletion;
  if (context.global.yes === true) {
    const outcome = await whileLocked(deletion, context, undefined);
    if (outcome !== undefined) return outcome.result;
  }
  for (;;) {
    const confirmed = await ask(deletion);
    // The project was opened before, with the same warnings.
    const outcome = await whileLocked(deletion, { ...context, emit: () => undefined }, confirmed);
    if (outcome !== undefined) return outcome.result;
    context.emit({ type: 'note', text: 'what would be deleted has changed since it was confirmed' });
  }
}

interface Confirmed {
  readonly key: string;
  readonly items: readonly DataItem[];
}

async function ask<T>(deletion: Deletion<T>): Promise<Confirmed> {
  const { context, stackRef } = deletion;
  const { name, ...confirmed } = await withRecordAlone(context, stackRef, async (session) => ({
    key: keyOf(session),
    name: session.identity.name,
    items: await withOtherRuntimes(context, session, (others) => dataOf(deletion, session, others, { measured: true })),
  }));
  if (confirmed.items.length > 0) {
    await context.confirm(`This deletes the data of ${name}:\n${dataText(confirmed.items)}\nDelete it?`);
  }
  return confirmed;
}

/** The result of `act`; undefined where what is there is not what was confirmed. `confirmed`: undefined for anything. */
function whileLocked<T>(
  deletion: Deletion<T>,
  opening: SessionContext,
  confirmed: Confirmed | undefined,
): Promise<{ readonly result: T } | undefined> {
  const { context, stackRef, verb, act } = deletion;
  return withLockedRecordAlone(opening, stackRef, verb, (session) =>
    withOtherRuntimes(context, session, async (others) => {
      const items = await dataOf(deletion, session, others, { measured: false });
      if (confirmed !== undefined && (keyOf(session) !== confirmed.key || !isCovered(items, confirmed.items))) {
        return undefined;
      }
      const deleted = items.map((item) => confirmed?.items.find(({ name }) => name === item.name) ?? item);
      return { result: await act({ ...session, emit: context.emit }, others, deleted) };
    }),
  );
}

async function dataOf<T>(
  { aside }: Deletion<T>,
  { runtime, paths }: OpenRecord,
  others: readonly Runtime[],
  options: { readonly measured: boolean },
): Promise<readonly DataItem[]> {
  const items = await Promise.all([runtime, ...others].map((one) => one.data(options)));
  return [...items.flat(), ...(aside ? await dataPutAside(paths) : [])];
}

/** A project that was deleted and made again under the same name is another one. */
function keyOf({ record }: OpenRecord): string {
  return `${record.id} ${record.createdAt}`;
}

function isCovered(items: readonly DataItem[], confirmed: readonly DataItem[]): boolean {
  const names = new Set(confirmed.map(({ name }) => name));
  return items.every(({ name }) => names.has(name));
}
